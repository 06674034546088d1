#include <algorithm>
#include <set>

#include "family.h"

namespace assay::synth {

std::string pseudo_word(const World& world, Rng& rng) {
  static constexpr std::string_view kOnsets = "bdfgklmnprstvzhj", kVowels = "aeiou", kCodas = "klmnrstxp";
  while (true) {
    std::string word;
    const int syllables = rng.chance(0.2) ? 3 : 2;
    for (int i = 0; i < syllables; ++i) {
      word += rng.pick(kOnsets);
      word += rng.pick(kVowels);
    }
    if (rng.chance(0.5)) word += rng.pick(kCodas);
    if (!world.lexicon.knows(word)) return word;
  }
}

std::vector<std::string> pseudo_words(const World& world, Rng& rng, std::size_t count) {
  std::set<std::string> seen;
  std::vector<std::string> words;
  while (words.size() < count)
    if (auto word = pseudo_word(world, rng); seen.insert(word).second) words.push_back(std::move(word));
  return words;
}

std::vector<std::string> arbitrary_labels(const World& world, Rng& rng, std::size_t count) {
  const auto& lexicon = world.lexicon;
  const double kind = rng.uniform();
  if (kind < 0.36) return rng.sample(lexicon.list("word"), count);
  if (kind < 0.48) return rng.sample(lexicon.list("letter"), count);
  if (kind < 0.54) return rng.sample(lexicon.list("number"), count);
  if (kind < 0.59) return rng.sample(lexicon.list("digit"), count);
  if (kind < 0.68) {  // two words that share the first, as in "code k"
    const auto& first = rng.chance(0.7) ? rng.pick(lexicon.list("prefix")) : rng.pick(lexicon.list("word"));
    auto labels = rng.chance(0.5)   ? rng.sample(lexicon.list("letter"), count)
                  : rng.chance(0.5) ? rng.sample(lexicon.list("digit"), count)
                                    : pseudo_words(world, rng, count);
    for (auto& label : labels) label = first + " " + label;
    return labels;
  }
  return pseudo_words(world, rng, count);
}

std::string label_instruction(const World& world, Rng& rng, std::vector<std::string> labels, std::string_view ask,
                              double none) {
  if (rng.chance(none)) return {};
  rng.shuffle(labels);
  static const std::vector<std::string> separators = {" , ", " , ", " , ", " / ", " | ", " or ", " ; "};
  const auto options = join(labels, rng.pick(separators));
  const auto listed = world.grammar.say("options", rng, {{"o", options}});
  if (ask.empty() || rng.chance(0.4)) return listed;
  const auto question = world.grammar.say(ask, rng);
  const double order = rng.uniform();
  if (order < 0.1) return question;
  return order < 0.25 ? listed + " . " + question : question + " " + listed;
}

std::vector<std::vector<std::string>> bursty(Rng& rng, const std::vector<std::vector<std::string>>& groups) {
  const std::size_t words = rng.pick({1UL, 2UL, 3UL, 5UL, 99UL, 99UL, 99UL, 99UL});
  std::vector<std::vector<std::string>> out;
  for (const auto& group : groups) out.push_back(rng.sample(group, words));
  return out;
}

}  // namespace assay::synth
