#include "tokenize.h"

#include <algorithm>

#include "text/rewriting.h"
#include "text/unicode.h"

namespace ter {
namespace {

using namespace metric_text;

bool between(char32_t c, char32_t from, char32_t to) { return c >= from && c <= to; }

/// CJK ideographs, strokes, radicals and compatibility forms.
bool is_ideograph(char32_t c) {
  return between(c, 0x4e00, 0x9fff) || between(c, 0x3200, 0x4dbf) || between(c, 0x31c0, 0x31ef) ||
         between(c, 0x2e80, 0x2eff) || between(c, 0xf900, 0xfaff) || between(c, 0xfe30, 0xfe4f);
}

bool is_asian_punctuation(char32_t c) {
  return c == 0x3001 || c == 0x3002 || between(c, 0x3008, 0x3011) || between(c, 0x3014, 0x301f) ||
         between(c, 0xff61, 0xff65) || c == 0x30fb;
}

bool is_full_width_punctuation(char32_t c) {
  return std::u32string_view(U"\uff0e\uff0c\uff1f\uff1a\uff1b\uff01\uff02\uff08\uff09").find(c) !=
         std::u32string_view::npos;
}

bool is_western_punctuation(char32_t c) {
  return std::u32string_view(U".,?:;!\"()").find(c) != std::u32string_view::npos;
}

std::u32string normalized(std::u32string text) {
  replace_all(text, U"\n-", U"");
  replace_all(text, U"\n", U" ");
  unescape(text);
  text = set_apart(U" " + text + U" ", stands_alone);
  replace_all(text, U"'s ", U" 's ");
  return split_about_digits(text);
}

}  // namespace

std::vector<std::string> tokenize(std::string_view text, const Tokenizer& tokenizer) {
  std::u32string line = decoded(tokenizer.case_sensitive ? std::string(text) : lower(text));
  while (!line.empty() && is_space(line.back())) line.pop_back();
  if (tokenizer.normalized && !line.empty()) {
    line = normalized(std::move(line));
    if (tokenizer.asian_support) {
      // Tercom also means to split kana from what they touch, but sacreBLEU's patterns for it match nothing within a
      // line.
      line = set_apart(line, is_ideograph);
      line = set_apart(line, [](char32_t c) { return is_asian_punctuation(c) || is_full_width_punctuation(c); });
    }
  }
  if (tokenizer.no_punct) {
    std::erase_if(line, is_western_punctuation);
    if (tokenizer.asian_support) {
      std::erase_if(line, [](char32_t c) { return is_asian_punctuation(c) || is_full_width_punctuation(c); });
    }
  }
  std::vector<std::string> tokens;
  for (const std::u32string_view word : words(line)) tokens.push_back(encoded(word));
  return tokens;
}

}  // namespace ter
