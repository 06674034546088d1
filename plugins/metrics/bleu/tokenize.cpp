#include "tokenize.h"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <map>
#include <stdexcept>
#include <utility>

namespace bleu {
namespace {

std::string lower(std::string_view text) {
  std::string out;
  icu::StringByteSink<std::string> sink(&out, static_cast<std::int32_t>(text.size()));
  UErrorCode status = U_ZERO_ERROR;
  icu::CaseMap::utf8ToLower("", 0, icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())), sink, nullptr,
                            status);
  if (U_FAILURE(status)) throw std::runtime_error(std::string("lower-casing failed: ") + u_errorName(status));
  return out;
}

std::u32string decoded(std::string_view text) {
  std::u32string points;
  const auto size = static_cast<std::int32_t>(text.size());
  for (std::int32_t at = 0; at < size;) {
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(text.data(), at, size, c);
    points += static_cast<char32_t>(c);
  }
  return points;
}

std::string encoded(std::u32string_view points) {
  std::string text;
  for (const char32_t c : points) {
    char bytes[U8_MAX_LENGTH];
    std::int32_t length = 0;
    U8_APPEND_UNSAFE(bytes, length, static_cast<UChar32>(c));
    text.append(bytes, static_cast<std::size_t>(length));
  }
  return text;
}

/// What Python's str.split takes for white space.
bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
bool is_period_or_comma(char32_t c) { return c == '.' || c == ','; }
bool has_category(char32_t c, std::uint32_t mask) { return (U_MASK(u_charType(static_cast<UChar32>(c))) & mask) != 0; }

/// ASCII's punctuation and symbols without ' , - . (mteval-v13a keeps those for its other rules).
bool stands_alone(char32_t c) {
  return (c >= '{' && c <= '~') || (c >= '[' && c <= '`') || (c >= ' ' && c <= '&') || (c >= '(' && c <= '+') ||
         (c >= ':' && c <= '@') || c == '/';
}

/// Sets every character that `apart` holds for between spaces.
template <class Apart>
std::u32string set_apart(const std::u32string& text, Apart apart) {
  std::u32string out;
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
std::u32string rewrite_pairs(const std::u32string& text, First first, Second second, const std::u32string& before,
                             const std::u32string& between, const std::u32string& after) {
  std::u32string out;
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

void replace_all(std::u32string& text, std::u32string_view from, std::u32string_view to) {
  for (std::size_t at = text.find(from); at != std::u32string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

std::u32string mteval_13a(const std::u32string& text) {
  const auto other = [](char32_t c) { return !is_digit(c); };
  const auto dash = [](char32_t c) { return c == '-'; };
  std::u32string out = set_apart(text, stands_alone);
  out = rewrite_pairs(out, other, is_period_or_comma, U"", U" ", U" ");
  out = rewrite_pairs(out, is_period_or_comma, other, U" ", U" ", U"");
  return rewrite_pairs(out, is_digit, dash, U"", U" ", U" ");
}

std::u32string unescaped(std::u32string text) {
  for (const auto& [from, to] : {std::pair{U"<skipped>", U""},
                                 {U"-\n", U""},
                                 {U"\n", U" "},
                                 {U"&quot;", U"\""},
                                 {U"&amp;", U"&"},
                                 {U"&lt;", U"<"},
                                 {U"&gt;", U">"}}) {
    replace_all(text, from, to);
  }
  return text;
}

std::u32string mteval_14(const std::u32string& text) {
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

std::vector<std::string> words(std::u32string_view text) {
  std::vector<std::string> list;
  for (std::size_t at = 0; at < text.size();) {
    if (is_space(text[at])) {
      ++at;
      continue;
    }
    const std::size_t start = at;
    while (at < text.size() && !is_space(text[at])) ++at;
    list.push_back(encoded(text.substr(start, at - start)));
  }
  return list;
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

std::vector<std::string> tokenize(std::string_view text, Tokenizer tokenizer, bool lowercase) {
  const std::u32string line = stripped(decoded(lowercase ? lower(text) : std::string(text)), false);
  switch (tokenizer) {
    case Tokenizer::v13a:
      return words(mteval_13a(U" " + unescaped(line) + U" "));
    case Tokenizer::intl:
      return words(mteval_14(line));
    case Tokenizer::character:
      return words(set_apart(line, [](char32_t) { return true; }));
    case Tokenizer::none:
      return words(line);
    case Tokenizer::zh:
      return words(mteval_13a(set_apart(stripped(line, true), is_chinese)));
  }
  throw std::logic_error("unknown tokenizer");
}

}  // namespace bleu
