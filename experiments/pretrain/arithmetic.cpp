// Sums and little stories of gains and losses, answered at once or step by step.
#include "arithmetic.h"

#include <fmt/format.h>

#include <algorithm>

#include "family.h"

namespace assay::synth {

std::vector<int> draw_chain(Rng& rng, int changes) {
  constexpr int kMost = 40;
  std::vector<int> chain = {rng.between(2, 20)};
  int value = chain.front();
  for (int i = 0; i < changes; ++i) {
    const int size = rng.between(1, 9);
    bool gain = rng.chance(0.5);
    if (value - size < 0) gain = true;
    if (value + size > kMost) gain = false;
    chain.push_back(gain ? size : -size);
    value += chain.back();
  }
  return chain;
}

int result_of(const std::vector<int>& chain) { return std::accumulate(chain.begin(), chain.end(), 0); }

std::string written_steps(const std::vector<int>& chain) {
  std::string text;
  int value = chain.front();
  for (std::size_t i = 1; i < chain.size(); ++i) {
    text += fmt::format("{} {} {} = {} ; ", value, chain[i] < 0 ? '-' : '+', std::abs(chain[i]), value + chain[i]);
    value += chain[i];
  }
  return text + fmt::format("answer {}", value);
}

namespace {

/// What the problems of one episode share.
struct Story {
  std::vector<std::string> things;
  std::vector<std::string> joins;  // one for all clauses, or several
  double question_first = 0;
};

Story draw_story(const World& world, Rng& rng) {
  Story story;
  const auto& things = world.lexicon.list("thing");
  story.things = rng.chance(0.6) ? things : rng.sample(things, static_cast<std::size_t>(rng.between(1, 4)));
  const bool plain = rng.chance(0.5);
  for (int i = plain ? 1 : 4; i > 0; --i) story.joins.push_back(plain ? "," : world.grammar.say("join", rng));
  story.question_first = rng.chance(0.15) ? 1 : 0;
  return story;
}

std::string problem(const World& world, Rng& rng, const Story& story, const std::vector<int>& chain,
                    std::string_view more = "more", std::string_view less = "less", std::span<const Slot> verbs = {}) {
  const auto& lexicon = world.lexicon;
  const bool man = rng.chance(0.5);
  const auto name = rng.pick(lexicon.list(man ? "man" : "woman"));
  const auto things = plural_of(rng.pick(story.things));
  std::string number = std::to_string(chain.front());
  std::vector<Slot> slots = {
      {"m", name}, {"he", man ? "he" : "she"}, {"him", man ? "him" : "her"}, {"things", things}, {"x", number}};
  slots.insert(slots.end(), verbs.begin(), verbs.end());
  std::string text = world.grammar.say("start", rng, slots);
  for (std::size_t i = 1; i < chain.size(); ++i) {
    number = std::to_string(std::abs(chain[i]));
    slots[4].value = number;
    const auto& between = rng.pick(story.joins);
    text += " " + between + " " + world.grammar.say(chain[i] < 0 ? less : more, rng, slots);
  }
  if (rng.uniform() < story.question_first) return world.grammar.say("asked_first", rng, slots) + " " + text + " .";
  return text + " " + world.grammar.say("how_many", rng, slots);
}

/// "8 + 5 - 3": the same steps without the story.
std::string bare_expression(const std::vector<int>& chain) {
  std::string text = std::to_string(chain.front());
  for (std::size_t i = 1; i < chain.size(); ++i)
    text += fmt::format(" {} {}", chain[i] < 0 ? '-' : '+', std::abs(chain[i]));
  return text;
}

int draw_changes(Rng& rng) { return rng.pick({1, 2, 2, 3, 3, 3, 4, 4, 5}); }

}  // namespace

Task sums(const World& world, Rng& rng) {
  Task task;
  task.alone = 0.1;
  const double kind = rng.uniform();
  if (kind < 0.5) {  // single sums, evenly over all that steps can need
    task.instruction = rng.chance(0.5) ? "" : rng.pick({"compute", "calculate", "add or take away"});
    task.most = 26;
    task.draw = [](Rng& r) -> Example {
      const int change = r.between(1, 9);
      const bool gain = r.chance(0.5);
      const int value = gain ? r.between(0, 40 - change) : r.between(change, 40);
      return {fmt::format("{} {} {}", value, gain ? '+' : '-', change),
              std::to_string(gain ? value + change : value - change)};
    };
    return task;
  }
  task.instruction = world.grammar.say("ask_steps", rng);
  task.alone = 0.2;
  task.most = 10;
  task.draw = [most = rng.between(1, 5)](Rng& r) -> Example {
    const auto chain = draw_chain(r, r.between(1, most));
    return {bare_expression(chain), written_steps(chain)};
  };
  return task;
}

Task comparison(const World&, Rng& rng) {
  const bool larger = rng.chance(0.5);
  Task task;
  task.instruction = larger ? rng.pick({"which is larger ?", "the larger number"})
                            : rng.pick({"which is smaller ?", "the smaller number"});
  task.most = 16;
  task.draw = [larger](Rng& r) -> Example {
    const int one = r.between(0, 40);
    const int other = (one + r.between(1, 40)) % 41;
    return {fmt::format("{} or {}", one, other), std::to_string(larger ? std::max(one, other) : std::min(one, other))};
  };
  return task;
}

Task chain_direct(const World& world, Rng& rng) {
  Task task;
  task.instruction = world.grammar.say("ask_number", rng);
  task.alone = 0.35;
  task.most = 8;
  task.draw = [&world, story = draw_story(world, rng)](Rng& r) -> Example {
    const auto chain = draw_chain(r, draw_changes(r));
    return {problem(world, r, story, chain), std::to_string(result_of(chain))};
  };
  return task;
}

Task chain_steps(const World& world, Rng& rng) {
  Task task;
  task.instruction = world.grammar.say("ask_steps", rng);
  task.alone = 0.35;
  task.most = 8;
  task.draw = [&world, story = draw_story(world, rng)](Rng& r) -> Example {
    const auto chain = draw_chain(r, draw_changes(r));
    return {problem(world, r, story, chain), written_steps(chain)};
  };
  return task;
}

/// Two unknown verbs stand for gain and loss; the instruction explains them or the examples show it.
Task chain_new_verbs(const World& world, Rng& rng) {
  const auto verbs = pseudo_words(world, rng, 2);
  const bool explained = rng.chance(0.6);
  Task task;
  task.instruction = world.grammar.say("ask_steps", rng);
  if (explained)
    task.instruction += " . " + world.grammar.say("explain", rng, {{"zup", verbs[0]}, {"zdown", verbs[1]}});
  task.alone = explained ? 0.3 : 0;
  task.most = 8;
  task.draw = [&world, verbs, story = draw_story(world, rng)](Rng& r) -> Example {
    const auto chain = draw_chain(r, r.between(1, 4));
    const std::vector<Slot> slots = {{"zup", verbs[0]}, {"zdown", verbs[1]}};
    return {problem(world, r, story, chain, "more_unknown", "less_unknown", slots), written_steps(chain)};
  };
  return task;
}

}  // namespace assay::synth
