#include "mteval.h"

#include <unicode/utf8.h>

#include <cstdint>

#include "text/rewriting.h"
#include "text/unicode.h"

namespace bleu {
namespace {

using metric_text::is_digit;
using metric_text::is_period_or_comma;
using metric_text::stands_alone;

char32_t unit(char c) { return static_cast<unsigned char>(c); }

/// Bytes of the white space that stands at the text's beginning; 0 for none.
std::size_t space_at(std::string_view text) {
  const char32_t first = unit(text.front());
  if (first < 0x80) return metric_text::is_space(first) ? 1 : 0;
  std::int32_t length = 0;
  UChar32 c = 0;
  U8_NEXT_OR_FFFD(text.data(), length, static_cast<std::int32_t>(text.size()), c);
  return metric_text::is_space(static_cast<char32_t>(c)) ? static_cast<std::size_t>(length) : 0;
}

/// Calls `each(word, special)` for what white space separates; special where some ASCII character of it may be set apart.
template <class Each>
void each_word(std::string_view text, const Each& each) {
  std::size_t start = 0, at = 0;
  bool special = false;
  while (at < text.size()) {
    const char32_t c = unit(text[at]);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c);
    const std::size_t space = letter ? 0 : space_at(text.substr(at));
    if (space == 0) {
      special = special || (c < 0x80 && !letter && (stands_alone(c) || is_period_or_comma(c) || c == '-'));
      ++at;
      continue;
    }
    if (at > start) each(text.substr(start, at - start), special);
    start = at += space;
    special = false;
  }
  if (at > start) each(text.substr(start), special);
}

/// mteval-v13a's four substitutions, one after another, on a word between spaces. They only put in spaces, so a word with
/// spaces is the word and, for each place in it, whether one stands there; what a substitution has matched is not matched
/// again by the same one.
class Word {
 public:
  explicit Word(std::string_view word) : word_(word), apart_(word.size() + 1) { apart_.front() = apart_.back() = true; }

  void add_tokens(std::vector<std::string_view>& tokens) {
    set_symbols_apart();
    set_apart_after_no_digit();
    set_apart_before_no_digit();
    set_dashes_apart();
    std::size_t start = 0;
    for (std::size_t i = 1; i <= word_.size(); ++i) {
      if (!apart_[i]) continue;
      tokens.push_back(word_.substr(start, i - start));
      start = i;
    }
  }

 private:
  [[nodiscard]] char32_t at(std::size_t i) const { return unit(word_[i]); }
  void set_apart(std::size_t i) { apart_[i] = apart_[i + 1] = true; }

  void set_symbols_apart() {
    for (std::size_t i = 0; i < word_.size(); ++i)
      if (stands_alone(at(i))) set_apart(i);
  }

  /// ([^0-9])([.,]) becomes "\1 \2 ".
  void set_apart_after_no_digit() {
    bool taken = false;  // the character before was the second of a match
    bool space = true;   // one stood before this character when the substitution began
    for (std::size_t i = 0; i < word_.size(); ++i) {
      const bool next_space = apart_[i + 1];
      const bool match = is_period_or_comma(at(i)) && (space || (!taken && !is_digit(at(i - 1))));
      if (match) set_apart(i);
      taken = match;
      space = next_space;
    }
  }

  /// ([.,])([^0-9]) becomes " \1 \2".
  void set_apart_before_no_digit() {
    for (std::size_t i = 0; i < word_.size(); ++i) {
      const bool space = apart_[i + 1];
      if (!is_period_or_comma(at(i)) || (!space && is_digit(at(i + 1)))) continue;
      set_apart(i);
      if (!space) ++i;  // the next character is the second of this match
    }
  }

  /// ([0-9])(-) becomes "\1 \2 ".
  void set_dashes_apart() {
    for (std::size_t i = 1; i < word_.size(); ++i)
      if (at(i) == '-' && !apart_[i] && is_digit(at(i - 1))) set_apart(i);
  }

  std::string_view word_;
  std::vector<bool> apart_;  ///< before each character and at the end
};

}  // namespace

bool is_plain(std::string_view text) {
  unsigned char rewritten = 0, others = 0;  // without a way out, so that the loop takes many characters at once
  for (const char c : text) {
    rewritten |= static_cast<unsigned char>((c == '<') | (c == '&') | (c == '\n'));
    others |= static_cast<unsigned char>(c);
  }
  if (rewritten != 0) return false;
  if (others < 0x80) return true;
  for (std::int32_t at = 0; at < static_cast<std::int32_t>(text.size());) {
    UChar32 c = 0;
    U8_NEXT(text.data(), at, static_cast<std::int32_t>(text.size()), c);
    if (c < 0) return false;
  }
  return true;
}

void add_tokens_13a(std::string_view text, std::vector<std::string_view>& tokens) {
  each_word(text, [&](std::string_view word, bool special) {
    if (special) {
      Word(word).add_tokens(tokens);
    } else {
      tokens.push_back(word);
    }
  });
}

void add_words(std::string_view text, std::vector<std::string_view>& words) {
  each_word(text, [&](std::string_view word, bool) { words.push_back(word); });
}

}  // namespace bleu
