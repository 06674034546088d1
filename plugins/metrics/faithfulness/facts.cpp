#include "facts.h"

#include <unicode/uchar.h>

#include <charconv>
#include <map>

#include "text/porter.h"
#include "text/rewriting.h"
#include "text/unicode.h"

namespace faithfulness {
namespace {

using namespace metric_text;

/// Words that carry grammar rather than content.
bool is_function_word(const std::string& word) {
  static const std::set<std::string> kWords{
      "a",      "about",  "above",   "after", "again",   "all",    "also",   "am",    "an",     "and",     "any",
      "are",    "as",     "at",      "be",    "because", "been",   "before", "being", "below",  "between", "both",
      "but",    "by",     "can",     "could", "did",     "do",     "does",   "doing", "down",   "during",  "each",
      "either", "few",    "for",     "from",  "further", "had",    "has",    "have",  "having", "he",      "her",
      "here",   "hers",   "him",     "his",   "how",     "i",      "if",     "in",    "into",   "is",      "it",
      "its",    "itself", "just",    "may",   "me",      "might",  "more",   "most",  "must",   "my",      "neither",
      "no",     "nor",    "not",     "of",    "off",     "on",     "once",   "one",   "only",   "or",      "other",
      "our",    "ours",   "out",     "over",  "own",     "same",   "shall",  "she",   "should", "so",      "some",
      "such",   "than",   "that",    "the",   "their",   "theirs", "them",   "then",  "there",  "these",   "they",
      "this",   "those",  "through", "to",    "too",     "under",  "until",  "up",    "us",     "very",    "was",
      "we",     "were",   "what",    "when",  "where",   "which",  "while",  "who",   "whom",   "whose",   "why",
      "will",   "with",   "within",  "would", "yet",     "you",    "your",   "yours"};
  return kWords.contains(word);
}

const std::string* number_word(const std::string& word) {
  static const std::map<std::string, std::string> kNumbers{
      {"zero", "0"},   {"one", "1"},     {"two", "2"},       {"three", "3"},       {"four", "4"},
      {"five", "5"},   {"six", "6"},     {"seven", "7"},     {"eight", "8"},       {"nine", "9"},
      {"ten", "10"},   {"eleven", "11"}, {"twelve", "12"},   {"twenty", "20"},     {"thirty", "30"},
      {"forty", "40"}, {"fifty", "50"},  {"hundred", "100"}, {"thousand", "1000"}, {"million", "1000000"}};
  const auto found = kNumbers.find(word);
  return found == kNumbers.end() ? nullptr : &found->second;
}

bool has_category(char32_t c, std::uint32_t mask) { return (U_MASK(u_charType(static_cast<UChar32>(c))) & mask) != 0; }
bool is_letter(char32_t c) { return has_category(c, U_GC_L_MASK | U_GC_M_MASK); }
bool ends_sentence(char32_t c) { return c == '.' || c == '!' || c == '?' || c == '\n' || c == ':' || c == 0x3002; }

struct Token {
  std::u32string text;
  bool is_number = false, starts_sentence = false;
};

/// Words (letters, with apostrophes inside) and numbers (digits, with commas and periods inside).
std::vector<Token> tokens(const std::string& text) {
  const std::u32string points = decoded(text);
  std::vector<Token> list;
  bool starts = true;
  for (std::size_t at = 0; at < points.size();) {
    const bool number = is_digit(points[at]);
    if (!number && !is_letter(points[at])) {
      starts = starts || ends_sentence(points[at]);
      ++at;
      continue;
    }
    std::size_t end = at;
    const auto inside = [&](std::size_t i) {
      return i < points.size() && (number ? is_digit(points[i]) : is_letter(points[i]));
    };
    const auto joins = [&](std::size_t i) {
      const char32_t c = points[i];
      return (number ? is_period_or_comma(c) : c == '\'' || c == 0x2019) && inside(i + 1);
    };
    while (end < points.size() && (inside(end) || joins(end))) ++end;
    list.push_back({points.substr(at, end - at), number, starts});
    starts = false;
    at = end;
  }
  return list;
}

std::string plain_number(const std::u32string& written) {
  std::string digits;
  for (const char32_t c : written) {
    if (c != ',') digits += static_cast<char>(c);
  }
  double value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  char out[32];
  return {out, std::to_chars(out, out + sizeof out, value).ptr};
}

/// In lower case, without what a possessive adds.
std::string plain_word(const std::u32string& written) {
  std::string word = lower(encoded(written));
  for (const std::string_view ending : {std::string_view("'s"), std::string_view("\u2019s")}) {
    if (word.ends_with(ending)) word.resize(word.size() - ending.size());
  }
  return word;
}

bool is_capitalised(const Token& token) {
  return !token.is_number && has_category(token.text.front(), U_GC_LU_MASK | U_GC_LT_MASK);
}

}  // namespace

Facts claims(const std::string& text, const std::set<std::string>& known_names) {
  Facts facts;
  const std::vector<Token> list = tokens(text);
  for (std::size_t at = 0; at < list.size(); ++at) {
    if (list[at].is_number) {
      facts.numbers.push_back(plain_number(list[at].text));
      continue;
    }
    std::vector<std::string> name;
    std::size_t end = at;
    for (; end < list.size() && is_capitalised(list[end]) && (end == at || !list[end].starts_sentence); ++end)
      name.push_back(plain_word(list[end].text));
    const bool only_starts = name.size() == 1 && list[at].starts_sentence && !known_names.contains(name.front());
    // "The Vaults" is a name of "vaults": what opens a sentence or a name as a function word says nothing.
    if (!name.empty() && is_function_word(name.front())) name.erase(name.begin());
    if (!name.empty() && !only_starts) {
      facts.names.push_back(std::move(name));
      at = end - 1;
      continue;
    }
    const std::string word = plain_word(list[at].text);
    if (is_function_word(word)) continue;
    if (const std::string* number = number_word(word)) {
      facts.numbers.push_back(*number);
    } else {
      facts.words.push_back(porter_stem(word));
    }
  }
  return facts;
}

Support support(const std::string& text) {
  Support result;
  for (const Token& token : tokens(text)) {
    if (token.is_number) {
      result.numbers.insert(plain_number(token.text));
      continue;
    }
    const std::string word = plain_word(token.text);
    if (const std::string* number = number_word(word)) result.numbers.insert(*number);
    if (is_capitalised(token)) result.names.insert(word);
    result.words.insert(word);
    result.stems.insert(porter_stem(word));
  }
  return result;
}

}  // namespace faithfulness
