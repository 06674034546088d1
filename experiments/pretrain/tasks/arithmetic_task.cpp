#include "pretrain/tasks/task_family.h"

namespace assay::synth {
namespace {

constexpr int kMost = 20;  // no number on the way is larger, so that a small model knows every sum
constexpr int kLargestStep = 9;

const std::vector<std::string>& verbs(bool up) {
  static const std::vector<std::string> kUp = {"buys", "gets", "wins", "finds"};
  static const std::vector<std::string> kDown = {"loses", "sells", "drops", "gives away"};
  return up ? kUp : kDown;
}

std::vector<std::string> countable_things(const Lexicon& lexicon) {
  std::vector<std::string> things;
  for (const std::string_view name : {"instrument", "ship", "furniture", "appliance"}) {
    for (const auto& word : lexicon.noun_class(name).words) things.push_back(plural_of(word));
  }
  return things;
}

}  // namespace

TaskFamily chain_task(const Lexicon& lexicon, const Frames& frames) {
  TaskFamily task;
  task.name = "chain";
  task.instruction = "give the answer";
  task.groups = 3;  // two, three and four steps
  // The corpus counts other things, so none of these problems stands in it.
  task.draw = [things = countable_things(lexicon), &frames, &lexicon](Rng& rng, std::size_t group) {
    const std::size_t steps = group + 2;
    int value = rng.between(2, 15);
    const Filling filling = {
        {"number", std::to_string(value)}, {"things", rng.pick(things)}, {"name", rng.pick(lexicon.list("name"))}};
    std::string text = fill(rng.pick(frames.of("chain", "opening")), filling);
    for (std::size_t i = 0; i < steps; ++i) {
      const int change = rng.between(1, kLargestStep);
      const bool up = value - change < 0 || (value + change <= kMost && rng.chance(0.5));
      value += up ? change : -change;
      text += " , " + rng.pick(verbs(up)) + " " + std::to_string(change);
    }
    text += " . " + fill(rng.pick(frames.of("chain", "closing")), filling);
    return TaskRow{std::move(text), std::to_string(value), {}};
  };
  return task;
}

}  // namespace assay::synth
