#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace metric_text {

/// Code points of UTF-8; bytes that are no UTF-8 count as U+FFFD.
std::u32string decoded(std::string_view text);

std::string encoded(std::u32string_view points);

/// Lower case as Unicode has it (SpecialCasing.txt without languages), which is Python's str.lower.
std::string lower(std::string_view text);

/// What Python's str.split takes for white space.
constexpr bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

/// What white space separates; the first form's words are parts of `text`, which must live as long.
std::vector<std::u32string_view> words(std::u32string_view text);
std::vector<std::u32string_view> words(std::u32string&& text) = delete;
std::vector<std::string> words(std::string_view text);

}  // namespace metric_text
