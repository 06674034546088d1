#pragma once
#include <string>
#include <string_view>

namespace metric_text {

constexpr bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
constexpr bool is_period_or_comma(char32_t c) { return c == '.' || c == ','; }

/// Python's string.punctuation.
constexpr bool is_ascii_punctuation(char32_t c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

/// ASCII's punctuation and symbols without ' , - . (mteval-v13a and Tercom keep those for their other rules).
constexpr bool stands_alone(char32_t c) {
  return (c >= '{' && c <= '~') || (c >= '[' && c <= '`') || (c >= ' ' && c <= '&') || (c >= '(' && c <= '+') ||
         (c >= ':' && c <= '@') || c == '/';
}

void replace_all(std::u32string& text, std::u32string_view from, std::u32string_view to);

/// &quot; &amp; &lt; &gt; as the characters that they stand for.
void unescape(std::u32string& text);

/// Sets every character that `apart` holds for between spaces.
template <class Apart>
std::u32string set_apart(std::u32string_view text, Apart apart) {
  std::u32string out;
  out.reserve(text.size() + text.size() / 2);
  for (const char32_t c : text) {
    if (apart(c)) {
      out += {U' ', c, U' '};
    } else {
      out += c;
    }
  }
  return out;
}

/// Rewrites pairs of neighbours from left to right, each character in one pair at most.
template <class First, class Second>
std::u32string rewrite_pairs(std::u32string_view text, First first, Second second, std::u32string_view before,
                             std::u32string_view between, std::u32string_view after) {
  std::u32string out;
  out.reserve(text.size() + text.size() / 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i + 1 < text.size() && first(text[i]) && second(text[i + 1])) {
      out += before;
      out += text[i];
      out += between;
      out += text[i + 1];
      out += after;
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// Periods and commas apart unless between digits, dashes apart after a digit.
std::u32string split_about_digits(std::u32string_view text);

}  // namespace metric_text
