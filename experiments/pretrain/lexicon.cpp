#include "lexicon.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <set>

namespace assay::synth {
namespace {

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const auto at = text.find(separator);
    if (auto part = trimmed(text.substr(0, at)); !part.empty()) parts.push_back(std::move(part));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

/// Calls `use(line, where)` for every line that says something.
template <class Use>
void for_each_line(const std::filesystem::path& file, Use use) {
  std::ifstream in(file);
  if (!in) throw BadInput(fmt::format("{}: cannot be read; the corpus needs its word lists there", file.string()));
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    line = trimmed(line);
    if (!line.empty() && line.front() != '#') use(line, fmt::format("{}:{}", file.string(), number));
  }
}

bool starts_with_any(std::string_view word, std::initializer_list<std::string_view> beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(), [&](std::string_view b) { return word.starts_with(b); });
}

void append(std::vector<std::string>& to, const std::vector<std::string>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

Lexicon Lexicon::load(const std::filesystem::path& folder) {
  Lexicon lexicon;
  lexicon.read_nouns(folder / "nouns.txt");
  lexicon.read_words(folder / "words.txt");
  lexicon.derive_lists();
  return lexicon;
}

void Lexicon::read_nouns(const std::filesystem::path& file) {
  Tier tier = Tier::taught;
  std::set<std::string> seen;
  for_each_line(file, [&](const std::string& line, const std::string& where) {
    if (line == "[taught]") return void(tier = Tier::taught);
    if (line == "[held a]") return void(tier = Tier::held_a);
    if (line == "[held b]") return void(tier = Tier::held_b);
    const auto fields = split(line, '|');
    if (fields.size() != 4)
      throw BadInput(fmt::format("{}: {} fields where a noun class has four: name | plural | predicates | words", where,
                                 fields.size()));
    NounClass c;
    c.tier = tier;
    c.countable = !fields[0].starts_with("mass ");
    c.name = c.countable ? fields[0] : fields[0].substr(5);
    c.plural = fields[1];
    c.predicates = split(fields[2], ';');
    c.words = split(fields[3], ' ');
    if (c.words.size() < 4) throw BadInput(fmt::format("{}: class '{}' needs at least four words", where, c.name));
    for (const auto& word : c.words)
      if (!seen.insert(word).second)
        throw BadInput(fmt::format("{}: '{}' already belongs to another class", where, word));
    classes_.push_back(std::move(c));
  });
}

void Lexicon::read_words(const std::filesystem::path& file) {
  for_each_line(file, [&](const std::string& line, const std::string& where) {
    const auto colon = line.find(':');
    if (colon == std::string::npos)
      throw BadInput(fmt::format("{}: a word list is written 'name: word ; word'", where));
    const auto name = trimmed(line.substr(0, colon));
    auto entries = split(line.substr(colon + 1), ';');
    if (entries.empty()) throw BadInput(fmt::format("{}: the list '{}' is empty", where, name));
    if (name != "verbs" && name != "opposites") {
      lists_[name] = std::move(entries);
      return;
    }
    for (const auto& entry : entries) {
      const auto forms = split(entry, ' ');
      if (forms.size() != (name == "verbs" ? 3U : 2U))
        throw BadInput(fmt::format("{}: '{}' has {} words", where, entry, forms.size()));
      if (name == "verbs")
        verbs_.push_back({forms[0], forms[1], forms[2]});
      else
        opposites_.emplace_back(forms[0], forms[1]);
    }
  });
}

void Lexicon::derive_lists() {
  for (const auto* name : {"man", "woman"}) append(lists_["name"], list(name));
  auto& adjectives = lists_["adj"];
  for (const auto* name : {"positive", "negative", "neutral"}) append(adjectives, list(name));
  constexpr std::size_t kOpposedAdjectives = 29;  // the pairs after these are verbs and other words
  for (std::size_t i = 0; i < std::min(kOpposedAdjectives, opposites_.size()); ++i)
    append(adjectives, {opposites_[i].first, opposites_[i].second});
  for (const auto& verb : verbs_) {
    lists_["verb"].push_back(verb.base);
    lists_["verbs"].push_back(verb.third);
    lists_["verbed"].push_back(verb.past);
  }
  for (const auto& c : classes_) {
    append(lists_["any_noun"], c.words);
    if (c.tier != Tier::taught) continue;
    append(lists_["noun"], c.words);
    if (c.countable) append(lists_["thing"], c.words);
  }
  auto& words = lists_["word"];
  for (const auto* name : {"noun", "adj", "verb"}) append(words, list(name));
  for (const auto& [name, entries] : lists_) all_words_.insert(entries.begin(), entries.end());
  for (const auto& c : classes_) all_words_.insert({c.name, c.plural});
  for (const auto& [one, other] : opposites_) all_words_.insert({one, other});
}

std::vector<const NounClass*> Lexicon::classes(Tier tier) const {
  std::vector<const NounClass*> out;
  for (const auto& c : classes_)
    if (c.tier == tier) out.push_back(&c);
  return out;
}

const NounClass& Lexicon::noun_class(std::string_view name) const {
  const auto found = std::find_if(classes_.begin(), classes_.end(), [&](const NounClass& c) { return c.name == name; });
  if (found == classes_.end()) throw BadInput(fmt::format("the lexicon has no noun class '{}'", name));
  return *found;
}

const std::vector<std::string>* Lexicon::find_list(std::string_view name) const {
  const auto found = lists_.find(name);
  return found == lists_.end() ? nullptr : &found->second;
}

const std::vector<std::string>& Lexicon::list(std::string_view name) const {
  if (const auto* words = find_list(name)) return *words;
  throw BadInput(fmt::format("the lexicon has no word list '{}'", name));
}

std::string plural_of(std::string_view noun) {
  std::string word(noun);
  const auto ends = [&](std::string_view tail) { return word.ends_with(tail); };
  if (ends("s") || ends("x") || ends("ch") || ends("sh")) return word + "es";
  if (ends("y") && word.size() > 1 && std::string_view("aeiou").find(word[word.size() - 2]) == std::string_view::npos)
    return word.substr(0, word.size() - 1) + "ies";
  return word + "s";
}

std::string_view article_for(std::string_view word) {
  if (word.empty() || starts_with_any(word, {"use", "usu", "uni", "eu", "one", "once", "uran"})) return "a";
  const bool vowel = std::string_view("aeiou").find(word.front()) != std::string_view::npos;
  return vowel || starts_with_any(word, {"hour", "honest"}) ? "an" : "a";
}

std::string with_article(std::string_view noun) { return fmt::format("{} {}", article_for(noun), noun); }

}  // namespace assay::synth
