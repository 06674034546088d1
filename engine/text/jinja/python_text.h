#pragma once
#include <cstdint>
#include <string>
#include <string_view>

/// How Python writes and cuts text.
namespace assay::text::jinja {

/// repr() of a float: the shortest digits that read back as the same number.
std::string float_repr(double value);

/// repr() of a str.
std::string text_repr(std::string_view text);

/// What str.strip() and str.split() take for white space.
bool is_python_space(char32_t c);
bool is_line_break(char32_t c);

/// The number of code points. REQUIRES valid UTF-8, as all here.
std::size_t text_length(std::string_view text);

/// `text` without leading and trailing white space, or without the characters of `characters`.
std::string_view strip(std::string_view text, bool left, bool right, const std::string* characters = nullptr);

/// HTML's five special characters as entities.
std::string escape_html(std::string_view text);

}  // namespace assay::text::jinja
