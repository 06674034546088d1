#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "corpus.h"
#include "grammar.h"
#include "lexicon.h"
#include "rng.h"

namespace assay::synth {

inline constexpr float kAnswerWeight = 1.0F;
inline constexpr float kPlainWeight = 0.5F;
inline constexpr float kInputWeight = 0.1F;

/// What every family writes with.
struct World {
  const Lexicon& lexicon;
  const Grammar& grammar;
};

struct Example {
  std::string input, target;
};

/// One task of an episode: an instruction (may be empty) and a source of examples.
struct Task {
  std::string instruction;
  std::function<Example(Rng&)> draw;
  double alone = 0.1;  ///< share of episodes with one or two examples, where the instruction must do
  int most = 20;       ///< most examples in an episode
};

/// Families of one folder: a name, its share of the documents drawn, and how a document is written.
struct Family {
  std::string_view name;
  double share;
  std::function<Document(const World&, Rng&, int max_words)> write;
};

/// Every family; the order is part of the seed's meaning.
const std::vector<Family>& registry();

/// `[instruction] (input => target)*` in one of four layouts.
Document episode(const Task& task, Rng& rng, int max_words);

/// Words separated by single spaces.
std::string join(std::span<const std::string> words, std::string_view separator = " ");
std::string replaced(std::string text, std::string_view from, std::string_view to);
template <class T>
std::vector<T> concatenated(std::vector<T> first, const std::vector<T>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// ---- labels.cpp
/// A fresh word without meaning, unknown to the lexicon: "ravix".
std::string pseudo_word(const World& world, Rng& rng);
std::vector<std::string> pseudo_words(const World& world, Rng& rng, std::size_t count);
/// `count` different labels without relation to what they stand for: words, letters, numbers, codes, pseudo-words.
std::vector<std::string> arbitrary_labels(const World& world, Rng& rng, std::size_t count);
/// The instruction of a labelling task: a question of rule `ask` (may be empty), the options, or nothing with chance
/// `none`.
std::string label_instruction(const World& world, Rng& rng, std::vector<std::string> labels, std::string_view ask,
                              double none);
/// An episode uses only a few words of each group: one makes it pure induction, all make it a matter of meaning.
std::vector<std::vector<std::string>> bursty(Rng& rng, const std::vector<std::vector<std::string>>& groups);

// ---- sentences.cpp
/// Sentences about a noun in one manner, drawn for an episode: bare, a few fixed frames, freely composed, word salads.
using Wording = std::function<std::string(Rng&, const std::string& noun)>;
Wording draw_wording(const World& world, Rng& rng);
/// The noun among function words, names, verbs, unknown words in random order.
std::string word_salad(const World& world, Rng& rng, const std::string& noun, int most);
/// A sentence of `rule` with "@" for its noun, to be filled again and again.
std::string frame(const World& world, Rng& rng, std::string_view rule);
std::string fill(const std::string& frame, const std::string& noun);
/// A message with one of the intents of intents.txt.
std::string message(const World& world, Rng& rng, const std::string& intent, const std::string& noun, bool dressed);

// ---- the families
Document plain_text(const World& world, Rng& rng, int max_words);
Document repetition(const World& world, Rng& rng, int max_words);
Task topic_named(const World& world, Rng& rng);
Task topic_coded(const World& world, Rng& rng);
Task groups_coded(const World& world, Rng& rng);
Task mood_named(const World& world, Rng& rng);
Task mood_coded(const World& world, Rng& rng);
Task intent_named(const World& world, Rng& rng);
Task intent_coded(const World& world, Rng& rng);
Task slot_named(const World& world, Rng& rng);
Task slot_coded(const World& world, Rng& rng);
Task frames_coded(const World& world, Rng& rng);
Task marker_coded(const World& world, Rng& rng);
Task contains_word(const World& world, Rng& rng);
Task relation(const World& world, Rng& rng);
Task word_order(const World& world, Rng& rng);
Task extraction(const World& world, Rng& rng);
Task lookup(const World& world, Rng& rng);
Task dictionary(const World& world, Rng& rng);
Task reading(const World& world, Rng& rng);
Task data_to_text(const World& world, Rng& rng);
Task random_frame(const World& world, Rng& rng);
Task sums(const World& world, Rng& rng);
Task comparison(const World& world, Rng& rng);
Task chain_direct(const World& world, Rng& rng);
Task chain_steps(const World& world, Rng& rng);
Task chain_new_verbs(const World& world, Rng& rng);

}  // namespace assay::synth
