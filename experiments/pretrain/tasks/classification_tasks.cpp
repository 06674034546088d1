#include <array>

#include "pretrain/tasks/task_family.h"

namespace assay::synth {
namespace {

using Words = std::vector<std::string>;

void append(Words& to, const Words& from) { to.insert(to.end(), from.begin(), from.end()); }

Words nouns_of(const Lexicon& lexicon, std::initializer_list<std::string_view> classes) {
  Words nouns;
  for (const auto name : classes) append(nouns, lexicon.noun_class(name).words);
  return nouns;
}

std::string labels_in(std::string_view question, const Words& choices) {
  std::string text(question);
  text += "labels :";
  for (std::size_t i = 0; i < choices.size(); ++i) text += (i == 0 ? " " : " , ") + choices[i];
  return text;
}

/// Sentences about one noun; the noun's group decides.
TaskFamily noun_task(std::string name, std::string_view question, Words choices, std::vector<Words> nouns,
                     const Lexicon& lexicon, const Frames& frames) {
  TaskFamily task;
  task.name = std::move(name);
  task.instruction = labels_in(question, choices);
  task.choices = std::move(choices);
  task.groups = task.choices.size();
  task.draw = [nouns = std::move(nouns), choices = task.choices, &sentences = frames.of(task.name), &lexicon](
                  Rng& rng, std::size_t group) {
    const Filling filling = {{"noun", rng.pick(nouns[group])},
                             {"name", rng.pick(lexicon.list("name"))},
                             {"place", rng.pick(lexicon.list("place"))}};
    return TaskRow{fill(rng.pick(sentences), filling), choices[group], {}};
  };
  return task;
}

}  // namespace

TaskFamily routing_task(const Lexicon& lexicon, const Frames& frames) {
  // No corpus document joins these classes, and the codes are invented: the rule can only be learnt from the task's
  // rows.
  return noun_task(
      "routing", "", {"dapso", "kirun", "wemol"},
      {nouns_of(lexicon, {"fruit", "vegetable", "dessert"}), nouns_of(lexicon, {"clothing", "shoe", "headgear"}),
       nouns_of(lexicon, {"bird", "animal", "reptile"})},
      lexicon, frames);
}

TaskFamily topic_task(const Lexicon& lexicon, const Frames& frames) {
  // Classes that the corpus never classifies (Tier::held_a), under their own names.
  const Words classes = {"insect", "instrument", "spice", "gem"};
  std::vector<Words> nouns;
  for (const auto& name : classes) nouns.push_back(lexicon.noun_class(name).words);
  return noun_task("topic", "what is the text about ? ", classes, std::move(nouns), lexicon, frames);
}

TaskFamily support_task(const Lexicon& lexicon, const Frames& frames) {
  static constexpr std::array<std::string_view, 4> kIntents = {"adopt", "stray", "gift", "sick"};
  static const Words kPets = {"cat",     "dog",     "hamster", "canary", "poodle",
                              "terrier", "spaniel", "collie",  "beagle", "rabbit"};
  static const Words kGoods = {"blankets", "pillows", "towels", "baskets", "bowls", "brushes", "cushions", "toys"};
  TaskFamily task;
  task.name = "support";
  task.choices = {"rimox", "tavul", "penzo", "gudar"};
  task.instruction = labels_in("", task.choices);
  task.groups = kIntents.size();
  task.draw = [choices = task.choices, &frames, &lexicon](Rng& rng, std::size_t group) {
    const auto& numbers = lexicon.list("number");
    const std::string pet = rng.pick(kPets);
    const Filling filling = {{"pet", pet},
                             {"pets", plural_of(pet)},
                             {"goods", rng.pick(kGoods)},
                             {"name", rng.pick(lexicon.list("name"))},
                             {"place", rng.pick(lexicon.list("place"))},
                             {"number", numbers[2 + rng.below(numbers.size() - 2)]},
                             {"day", rng.pick(lexicon.noun_class("weekday").words)}};
    return TaskRow{fill(rng.pick(frames.of("support", kIntents[group])), filling), choices[group], {}};
  };
  return task;
}

TaskFamily sentiment_task(const Lexicon& lexicon, const Frames& frames) {
  TaskFamily task;
  task.name = "sentiment";
  task.choices = {"positive", "negative"};
  task.instruction = labels_in("is the review good or bad ? ", task.choices);
  task.groups = 2;
  const Words nouns =
      nouns_of(lexicon, {"dessert", "clothing", "toy", "utensil", "shoe", "lamp", "device", "vehicle", "furniture"});
  task.draw = [nouns, choices = task.choices, &sentences = frames.of("sentiment"), &lexicon](Rng& rng,
                                                                                             std::size_t group) {
    // Half of the adjectives were judged in the corpus, half stand there in plain facts only.
    const std::string list = choices[group] + (rng.chance(0.5) ? "_held" : "");
    const Filling filling = {{"noun", rng.pick(nouns)},
                             {"adjective", rng.pick(lexicon.list(list))},
                             {"name", rng.pick(lexicon.list("name"))},
                             {"place", rng.pick(lexicon.list("place"))}};
    return TaskRow{fill(rng.pick(sentences), filling), choices[group], {}};
  };
  return task;
}

}  // namespace assay::synth
