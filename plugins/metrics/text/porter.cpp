#include "text/porter.h"

#include <array>
#include <map>
#include <span>

namespace metric_text {
namespace {

bool ends(std::string_view word, std::string_view suffix) { return word.ends_with(suffix); }

std::string_view without(std::string_view word, std::size_t letters) { return word.substr(0, word.size() - letters); }

std::string replaced(std::string_view word, std::size_t letters, std::string_view by) {
  return std::string(without(word, letters)).append(by);
}

/// A y after a consonant is a vowel.
bool is_consonant(std::string_view word, std::size_t at) {
  switch (word[at]) {
    case 'a':
    case 'e':
    case 'i':
    case 'o':
    case 'u':
      return false;
    case 'y':
      return at == 0 || !is_consonant(word, at - 1);
    default:
      return true;
  }
}

/// Porter's m: how often a consonant follows a vowel.
int measure(std::string_view stem) {
  int changes = 0;
  for (std::size_t i = 1; i < stem.size(); ++i) changes += !is_consonant(stem, i - 1) && is_consonant(stem, i);
  return changes;
}

bool has_vowel(std::string_view stem) {
  for (std::size_t i = 0; i < stem.size(); ++i) {
    if (!is_consonant(stem, i)) return true;
  }
  return false;
}

/// Porter's *o (consonant, vowel, consonant other than w, x, y), which NLTK also sees in a word of vowel and consonant.
bool ends_in_short_syllable(std::string_view word) {
  const std::size_t n = word.size();
  if (n == 2) return !is_consonant(word, 0) && is_consonant(word, 1);
  return n >= 3 && is_consonant(word, n - 3) && !is_consonant(word, n - 2) && is_consonant(word, n - 1) &&
         word[n - 1] != 'w' && word[n - 1] != 'x' && word[n - 1] != 'y';
}

struct Rule {
  std::string_view suffix, by;
};

/// Only the first rule whose suffix stands at the end may apply: it does where the stem before has a measure above
/// `above`.
template <std::size_t N>
std::string apply(std::string_view word, const std::array<Rule, N>& rules, int above) {
  for (const Rule& rule : rules) {
    if (!ends(word, rule.suffix)) continue;
    const bool applies = measure(without(word, rule.suffix.size())) > above;
    return applies ? replaced(word, rule.suffix.size(), rule.by) : std::string(word);
  }
  return std::string(word);
}

std::string plurals(std::string_view word) {
  if (ends(word, "ies")) return replaced(word, 3, word.size() == 4 ? "ie" : "i");
  if (ends(word, "sses")) return replaced(word, 2, "");
  if (ends(word, "ss") || !ends(word, "s")) return std::string(word);
  return replaced(word, 1, "");
}

/// What stands after -ed or -ing was taken away: "conflat" becomes "conflate", "hopp" becomes "hop", "fil" becomes
/// "file".
std::string repaired(std::string_view stem) {
  if (ends(stem, "at") || ends(stem, "bl") || ends(stem, "iz")) return std::string(stem) + "e";
  const std::size_t n = stem.size();
  if (n >= 2 && stem[n - 1] == stem[n - 2] && is_consonant(stem, n - 1)) {
    const char last = stem[n - 1];
    return last == 'l' || last == 's' || last == 'z' ? std::string(stem) : replaced(stem, 1, "");
  }
  return measure(stem) == 1 && ends_in_short_syllable(stem) ? std::string(stem) + "e" : std::string(stem);
}

std::string past_and_gerund(std::string_view word) {
  if (ends(word, "ied")) return replaced(word, 3, word.size() == 4 ? "ie" : "i");
  if (ends(word, "eed")) return measure(without(word, 3)) > 0 ? replaced(word, 1, "") : std::string(word);
  for (const std::size_t letters : {ends(word, "ed") ? 2u : 0u, ends(word, "ing") ? 3u : 0u}) {
    if (letters > 0 && has_vowel(without(word, letters))) return repaired(without(word, letters));
  }
  return std::string(word);
}

std::string final_y(std::string_view word) {
  const bool turns = ends(word, "y") && word.size() > 2 && is_consonant(word, word.size() - 2);
  return turns ? replaced(word, 1, "i") : std::string(word);
}

std::string double_suffixes(std::string_view word) {
  static constexpr std::array<Rule, 21> kRules{
      {{"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"}, {"anci", "ance"}, {"izer", "ize"},
       {"bli", "ble"},     {"alli", "al"},     {"entli", "ent"}, {"eli", "e"},     {"ousli", "ous"},
       {"ization", "ize"}, {"ation", "ate"},   {"ator", "ate"},  {"alism", "al"},  {"iveness", "ive"},
       {"fulness", "ful"}, {"ousness", "ous"}, {"aliti", "al"},  {"iviti", "ive"}, {"biliti", "ble"},
       {"fulli", "ful"}}};
  if (ends(word, "alli") && measure(without(word, 4)) > 0) return double_suffixes(replaced(word, 4, "al"));
  if (ends(word, "logi")) return measure(without(word, 3)) > 0 ? replaced(word, 1, "") : std::string(word);
  return apply(word, kRules, 0);
}

std::string adjectives(std::string_view word) {
  static constexpr std::array<Rule, 7> kRules{
      {{"icate", "ic"}, {"ative", ""}, {"alize", "al"}, {"iciti", "ic"}, {"ical", "ic"}, {"ful", ""}, {"ness", ""}}};
  return apply(word, kRules, 0);
}

std::string single_suffixes(std::string_view word) {
  static constexpr std::array<Rule, 18> kRules{{{"al", ""},
                                                {"ance", ""},
                                                {"ence", ""},
                                                {"er", ""},
                                                {"ic", ""},
                                                {"able", ""},
                                                {"ible", ""},
                                                {"ant", ""},
                                                {"ement", ""},
                                                {"ment", ""},
                                                {"ent", ""},
                                                {"ou", ""},
                                                {"ism", ""},
                                                {"ate", ""},
                                                {"iti", ""},
                                                {"ous", ""},
                                                {"ive", ""},
                                                {"ize", ""}}};
  if (ends(word, "ion")) {
    const std::string_view stem = without(word, 3);
    return measure(stem) > 1 && (stem.back() == 's' || stem.back() == 't') ? std::string(stem) : std::string(word);
  }
  return apply(word, kRules, 1);
}

std::string final_e(std::string_view word) {
  if (!ends(word, "e")) return std::string(word);
  const std::string_view stem = without(word, 1);
  const int m = measure(stem);
  return m > 1 || (m == 1 && !ends_in_short_syllable(stem)) ? std::string(stem) : std::string(word);
}

std::string final_ll(std::string_view word) {
  return ends(word, "ll") && measure(without(word, 1)) > 1 ? replaced(word, 1, "") : std::string(word);
}

}  // namespace

std::string porter_stem(std::string_view word) {
  static const std::map<std::string_view, std::string_view> kIrregular{
      {"sky", "sky"},        {"skies", "sky"},       {"dying", "die"},        {"lying", "lie"},
      {"tying", "tie"},      {"news", "news"},       {"innings", "inning"},   {"inning", "inning"},
      {"outings", "outing"}, {"outing", "outing"},   {"cannings", "canning"}, {"canning", "canning"},
      {"howe", "howe"},      {"proceed", "proceed"}, {"exceed", "exceed"},    {"succeed", "succeed"}};
  if (const auto found = kIrregular.find(word); found != kIrregular.end()) return std::string(found->second);
  if (word.size() <= 2) return std::string(word);
  std::string stem(word);
  for (const auto step :
       {plurals, past_and_gerund, final_y, double_suffixes, adjectives, single_suffixes, final_e, final_ll})
    stem = step(stem);
  return stem;
}

}  // namespace metric_text
