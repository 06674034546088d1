// Classification by what a speaker wants, and by the wording itself.
#include "family.h"

namespace assay::synth {
namespace {

std::vector<std::string> intents(const World& world) {
  auto names = world.grammar.rules_of("intents.txt");
  std::erase(names, "around");
  return names;
}

Task intent(const World& world, Rng& rng, bool coded) {
  const auto chosen = rng.sample(intents(world), rng.pick({2UL, 3UL, 3UL, 4UL, 4UL, 5UL}));
  const auto labels = coded ? arbitrary_labels(world, rng, chosen.size()) : chosen;
  Task task;
  task.instruction = label_instruction(world, rng, labels, coded ? "ask_label" : "ask_intent", coded ? 0.2 : 0.04);
  task.alone = coded ? 0 : 0.35;
  const auto nouns = bursty(rng, {world.lexicon.list("noun")}).front();
  task.draw = [&world, chosen, labels, nouns, dressed = rng.chance(0.6)](Rng& r) -> Example {
    const auto i = r.below(chosen.size());
    return {message(world, r, chosen[i], r.pick(nouns), dressed), labels[i]};
  };
  return task;
}

}  // namespace

Task intent_named(const World& world, Rng& rng) { return intent(world, rng, false); }
Task intent_coded(const World& world, Rng& rng) { return intent(world, rng, true); }

/// The label is the wording: each label has one to three sentence frames, the nouns are noise.
Task frames_coded(const World& world, Rng& rng) {
  const auto count = rng.pick({2UL, 2UL, 3UL, 4UL});
  const auto each = rng.pick({1UL, 1UL, 2UL, 3UL});
  const auto names = intents(world);
  std::vector<std::vector<std::string>> frames(count);
  for (auto& group : frames) {
    for (std::size_t i = 0; i < each; ++i) {
      const double source = rng.uniform();
      group.push_back(source < 0.5 ? frame(world, rng, rng.pick(names))
                      : source < 0.9
                          ? frame(world, rng, "about")
                          : world.grammar.say("judge", rng, {{"n", "@"}, {"j", rng.pick(world.lexicon.list("adj"))}}));
    }
  }
  const auto labels = arbitrary_labels(world, rng, count);
  Task task;
  task.instruction = label_instruction(world, rng, labels, "ask_label", 0.3);
  task.alone = 0;
  task.most = 14;
  const auto nouns = bursty(rng, {world.lexicon.list("noun")}).front();
  task.draw = [frames, labels, nouns](Rng& r) -> Example {
    const auto i = r.below(frames.size());
    return {fill(r.pick(frames[i]), r.pick(nouns)), labels[i]};
  };
  return task;
}

}  // namespace assay::synth
