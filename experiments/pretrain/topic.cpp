// Classification by what a text is about and by its mood.
#include "family.h"

namespace assay::synth {
namespace {

using Groups = std::vector<std::vector<std::string>>;

/// Two nouns of one class in a third of the draws that allow it, so that the reader looks for the class, not for one
/// slot.
std::string topic_noun(Rng& rng, const std::vector<std::string>& words, bool pairs) {
  const auto& noun = rng.pick(words);
  if (!pairs || !rng.chance(0.3)) return noun;
  return noun + rng.pick({" and ", " and the ", " or "}) + rng.pick(words);
}

std::function<Example(Rng&)> topic_examples(const World& world, Rng& rng, Groups groups,
                                            std::vector<std::string> labels) {
  return [groups = bursty(rng, groups), labels = std::move(labels), wording = draw_wording(world, rng),
          pairs = rng.chance(0.2)](Rng& r) -> Example {
    const auto i = r.below(groups.size());
    return {wording(r, topic_noun(r, groups[i], pairs)), labels[i]};
  };
}

/// "bird means kip ; tool means zod"
std::string definition(Rng& rng, const std::vector<std::string>& names, const std::vector<std::string>& labels) {
  const std::string verb = rng.pick({" means ", " = ", " is ", " goes to ", " : ", " -> "});
  const std::string between = rng.pick({" ; ", " , ", " . "});
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < names.size(); ++i) parts.push_back(names[i] + verb + labels[i]);
  rng.shuffle(parts);
  return join(parts, between);
}

std::size_t class_count(Rng& rng) { return rng.pick({2UL, 2UL, 3UL, 3UL, 3UL, 4UL, 4UL, 4UL, 5UL, 6UL}); }

}  // namespace

Task topic_named(const World& world, Rng& rng) {
  const auto classes = rng.sample(world.lexicon.classes(Tier::taught), class_count(rng));
  const bool plural = rng.chance(0.15);
  Groups groups;
  std::vector<std::string> labels;
  for (const auto* c : classes) {
    groups.push_back(c->words);
    labels.push_back(plural ? c->plural : c->name);
  }
  Task task;
  task.alone = 0.35;
  task.instruction = label_instruction(world, rng, labels, "ask_topic", 0.04);
  // The last option of some episodes is never the answer.
  if (groups.size() > 2 && rng.chance(0.2)) {
    groups.pop_back();
    labels.pop_back();
  }
  task.draw = topic_examples(world, rng, std::move(groups), std::move(labels));
  return task;
}

Task topic_coded(const World& world, Rng& rng) {
  const auto classes = rng.sample(world.lexicon.classes(Tier::taught), class_count(rng));
  Groups groups;
  std::vector<std::string> names;
  for (const auto* c : classes) {
    groups.push_back(c->words);
    names.push_back(rng.chance(0.3) ? c->plural : c->name);
  }
  auto labels = arbitrary_labels(world, rng, groups.size());
  Task task;
  if (rng.chance(0.12)) {
    task.instruction = definition(rng, names, labels);
    task.alone = 0.4;
  } else {
    task.instruction = label_instruction(world, rng, labels, "ask_label", 0.2);
    task.alone = 0;
  }
  task.most = 24;
  task.draw = topic_examples(world, rng, std::move(groups), std::move(labels));
  return task;
}

Task groups_coded(const World& world, Rng& rng) {
  const auto count = rng.pick({2UL, 2UL, 3UL, 3UL, 4UL});
  const auto classes = rng.sample(world.lexicon.classes(Tier::taught), 3 * count);
  const bool single_words = rng.chance(0.15);  // a group of words without a class: only induction helps
  Groups groups(count);
  if (single_words) {
    const auto words = rng.sample(world.lexicon.list("noun"), 3 * count);
    for (std::size_t i = 0; i < words.size(); ++i) groups[i % count].push_back(words[i]);
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      const auto joined = rng.pick({2UL, 2UL, 3UL});
      for (std::size_t j = 0; j < joined; ++j)
        for (const auto& word : rng.sample(classes[3 * i + j]->words, 6)) groups[i].push_back(word);
    }
  }
  auto labels = arbitrary_labels(world, rng, count);
  Task task;
  task.instruction = label_instruction(world, rng, labels, "ask_label", 0.2);
  task.alone = 0;
  task.most = 26;
  task.draw = topic_examples(world, rng, std::move(groups), std::move(labels));
  return task;
}

namespace {

Task mood(const World& world, Rng& rng, bool coded) {
  const auto& lexicon = world.lexicon;
  Groups groups = {lexicon.list("positive"), lexicon.list("negative")};
  const bool with_neutral = rng.chance(0.2);
  if (with_neutral) groups.push_back(lexicon.list("neutral"));
  std::vector<std::string> labels = coded ? arbitrary_labels(world, rng, groups.size())
                                          : rng.pick({std::vector<std::string>{"positive", "negative", "neutral"},
                                                      {"positive", "negative", "neutral"},
                                                      {"good", "bad", "neutral"},
                                                      {"praise", "complaint", "neutral"},
                                                      {"happy", "unhappy", "neutral"}});
  labels.resize(groups.size());
  Task task;
  task.instruction = label_instruction(world, rng, labels, coded ? "ask_label" : "ask_sentiment", coded ? 0.2 : 0.04);
  task.alone = coded ? 0 : 0.35;
  const double manner = rng.uniform();
  const bool words_only = manner < 0.08;
  const double salads = manner < 0.6 ? 0.0 : manner < 0.75 ? 1.0 : 0.4;
  task.draw = [&world, groups = bursty(rng, groups), labels, words_only, salads](Rng& r) -> Example {
    const auto i = r.below(groups.size());
    const auto& adjective = r.pick(groups[i]);
    if (words_only) return {adjective, labels[i]};
    const auto& noun = r.pick(world.lexicon.list("noun"));
    if (!r.chance(salads)) return {world.grammar.say("mood", r, {{"j", adjective}, {"n", noun}}), labels[i]};
    // Colourless words only: another adjective would change the mood.
    std::vector<std::string> words = {r.chance(0.6) ? adjective + " " + noun : adjective};
    for (int k = r.between(0, 7); k > 0; --k)
      words.push_back(r.pick(world.lexicon.list(r.pick({"filler", "filler", "filler", "place", "name"}))));
    r.shuffle(words);
    return {join(words), labels[i]};
  };
  return task;
}

}  // namespace

Task mood_named(const World& world, Rng& rng) { return mood(world, rng, false); }
Task mood_coded(const World& world, Rng& rng) { return mood(world, rng, true); }

}  // namespace assay::synth
