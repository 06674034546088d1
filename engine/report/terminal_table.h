#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace assay::report {

/// Data as a terminal may show it: on one line, without what steers terminals or turns the direction of text.
std::string terminal_plain(std::string_view text);

/// Rows of plain texts under each other, each column as wide as its widest text; `left` columns stand left, the rest
/// right. Where it is wider than `width` the first column is cut, then last columns are left out whole.
std::string terminal_table(const std::vector<std::vector<std::string>>& rows, std::size_t left, std::size_t width);

/// Words of a paragraph in lines of at most `width` columns.
std::string terminal_paragraph(std::string_view text, std::size_t width, std::size_t indent = 0);

}  // namespace assay::report
