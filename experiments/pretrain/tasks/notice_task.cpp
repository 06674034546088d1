#include "pretrain/tasks/task_family.h"

namespace assay::synth {

TaskFamily notice_task(const Lexicon& lexicon, const Frames& frames) {
  TaskFamily task;
  task.name = "notice";
  task.instruction = "write the notice";
  const auto& wordings = frames.of("notice");
  task.groups = wordings.size();
  task.draw = [&wordings, &lexicon](Rng& rng, std::size_t group) {
    const auto& numbers = lexicon.list("number");
    const Filling filling = {{"dance", rng.pick(lexicon.noun_class("dance").words)},
                             {"name", rng.pick(lexicon.list("name"))},
                             {"day", rng.pick(lexicon.noun_class("weekday").words)},
                             {"number", numbers[2 + rng.below(numbers.size() - 2)]}};
    TaskRow row;
    row.text = fill("dance = {dance} , day = {day} , fee = {number} , teacher = {name}", filling);
    for (const auto& wording : wordings) row.references.push_back(fill(wording, filling));
    row.target = row.references[group];
    return row;
  };
  return task;
}

}  // namespace assay::synth
