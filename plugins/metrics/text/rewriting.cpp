#include "text/rewriting.h"

#include <utility>

namespace metric_text {

void replace_all(std::u32string& text, std::u32string_view from, std::u32string_view to) {
  for (std::size_t at = text.find(from); at != std::u32string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

void unescape(std::u32string& text) {
  for (const auto& [from, to] : {std::pair{U"&quot;", U"\""}, {U"&amp;", U"&"}, {U"&lt;", U"<"}, {U"&gt;", U">"}})
    replace_all(text, from, to);
}

std::u32string split_about_digits(std::u32string_view text) {
  const auto other = [](char32_t c) { return !is_digit(c); };
  const auto dash = [](char32_t c) { return c == '-'; };
  std::u32string out = rewrite_pairs(text, other, is_period_or_comma, U"", U" ", U" ");
  out = rewrite_pairs(out, is_period_or_comma, other, U" ", U" ", U"");
  return rewrite_pairs(out, is_digit, dash, U"", U" ", U" ");
}

}  // namespace metric_text
