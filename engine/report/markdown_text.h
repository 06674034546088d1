#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace assay::report {

/// Data as running text: on one line, with nothing in it that Markdown or HTML reads as markup, no control characters
/// and nothing that turns the direction of what follows; long text is cut with a note of how much.
std::string markdown_plain(std::string_view text);

/// The same as a code span, which a table may hold.
std::string markdown_code(std::string_view text);

void put_markdown_row(std::string& out, const std::vector<std::string>& cells);
/// The first `left` columns stand left, the rest right.
void put_markdown_rule(std::string& out, std::size_t columns, std::size_t left);

}  // namespace assay::report
