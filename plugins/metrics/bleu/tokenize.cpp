#include "tokenize.h"

#include <unicode/uchar.h>

#include <map>
#include <stdexcept>
#include <utility>

#include "mteval.h"
#include "text/rewriting.h"
#include "text/unicode.h"

namespace bleu {
namespace {

using namespace metric_text;

bool has_category(char32_t c, std::uint32_t mask) { return (U_MASK(u_charType(static_cast<UChar32>(c))) & mask) != 0; }

std::u32string mteval_13a(std::u32string_view text) {
  return split_about_digits(set_apart(text, [](char32_t c) { return stands_alone(c); }));
}

std::u32string joined_lines(std::u32string text) {
  if (text.find_first_of(U"<&\n") == std::u32string::npos) return text;
  replace_all(text, U"<skipped>", U"");
  replace_all(text, U"-\n", U"");
  replace_all(text, U"\n", U" ");
  unescape(text);
  return text;
}

std::u32string mteval_14(std::u32string_view text) {
  const auto punctuation = [](char32_t c) { return has_category(c, U_GC_P_MASK); };
  const auto no_number = [](char32_t c) { return !has_category(c, U_GC_N_MASK); };
  std::u32string out = rewrite_pairs(text, no_number, punctuation, U"", U" ", U" ");
  out = rewrite_pairs(out, punctuation, no_number, U" ", U" ", U"");
  return set_apart(out, [](char32_t c) { return has_category(c, U_GC_S_MASK); });
}

/// The characters that sacreBLEU's zh sets apart. Its table means two ranges past U+FFFF but compares them by their
/// first four digits, so that U+2001 to U+2A6D (general punctuation, arrows, box drawing) are set apart and the
/// ideographs of plane 2 are not; scores agree only where we do the same.
bool is_chinese(char32_t c) {
  static constexpr std::pair<char32_t, char32_t> kRanges[] = {
      {0x2001, 0x2a6d}, {0x2e80, 0x2eff}, {0x2f00, 0x2fdf}, {0x2ff0, 0x303f}, {0x3100, 0x312f}, {0x31a0, 0x31bf},
      {0x31c0, 0x31ef}, {0x3200, 0x33ff}, {0x3400, 0x4db5}, {0x4e00, 0x9fbb}, {0xf900, 0xfa2d}, {0xfa30, 0xfa6a},
      {0xfa70, 0xfad9}, {0xfe10, 0xfe1f}, {0xfe30, 0xfe4f}, {0xff00, 0xffef}};
  for (const auto& [from, to] : kRanges) {
    if (c >= from && c <= to) return true;
  }
  return false;
}

/// Without white space at its end and, where `both`, at its start.
std::u32string stripped(std::u32string text, bool both) {
  while (!text.empty() && is_space(text.back())) text.pop_back();
  std::size_t start = 0;
  while (both && start < text.size() && is_space(text[start])) ++start;
  return text.substr(start);
}

/// The segment with white space between its tokens, and nowhere else.
std::u32string tokenized(std::string_view text, Tokenizer tokenizer) {
  const std::u32string line = stripped(decoded(text), false);
  switch (tokenizer) {
    case Tokenizer::v13a:
      return mteval_13a(U" " + joined_lines(line) + U" ");
    case Tokenizer::intl:
      return mteval_14(line);
    case Tokenizer::character:
      return set_apart(line, [](char32_t) { return true; });
    case Tokenizer::none:
      return line;
    case Tokenizer::zh:
      return mteval_13a(set_apart(stripped(line, true), is_chinese));
  }
  throw std::logic_error("unknown tokenizer");
}

}  // namespace

Tokenizer tokenizer(const std::string& name) {
  static const std::map<std::string, Tokenizer> kNames{{"13a", Tokenizer::v13a},
                                                       {"intl", Tokenizer::intl},
                                                       {"char", Tokenizer::character},
                                                       {"none", Tokenizer::none},
                                                       {"zh", Tokenizer::zh}};
  return kNames.at(name);
}

Tokens::Tokens(std::string_view text, Tokenizer tokenizer, bool lowercase) {
  const auto rewrite = [&](std::string to) {
    rewritten_ = std::make_unique<const std::string>(std::move(to));
    text = *rewritten_;
  };
  if (lowercase) rewrite(lower(text));
  list_.reserve(text.size() / 4);
  if (tokenizer == Tokenizer::v13a && is_plain(text)) {
    add_tokens_13a(text, list_);
  } else {
    rewrite(encoded(tokenized(text, tokenizer)));
    add_words(text, list_);
  }
}

}  // namespace bleu
