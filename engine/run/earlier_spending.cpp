#include "run/earlier_spending.h"

#include <assay/sdk/error.h>

#include <map>
#include <set>

#include "models/remote/answer_journal.h"
#include "run/limits.h"
#include "run/stage.h"
#include "store/bundle.h"

namespace assay::run {
namespace {

/// Tokens that a stage of its own took; none where what it left is not there any more.
sdk::Usage usage_of(const store::Store& store, const plan::Stage& stage) {
  try {
    const Json timing = store::Bundle::open(store.bundle(stage), stage.key).header().value("timing", Json::object());
    return usage_from_json(timing.value("usage", Json::object()));
  } catch (const Error&) {  // damaged or gone: it is made, and counted, anew
    return {};
  }
}

}  // namespace

double earlier_dollars(const config::Experiment& experiment, const plan::Plan& plan, store::Store& store,
                       std::int64_t run) {
  std::set<std::int64_t> earlier;
  for (const store::RunRow& row : store.runs()) {
    if (row.id < run && row.experiment == plan.experiment && row.plan_hash == plan.hash) earlier.insert(row.id);
  }
  if (earlier.empty()) return 0;
  std::map<std::string, const plan::Stage*> stages;
  for (const plan::Stage& stage : plan.stages) stages[stage.key] = &stage;
  Spending spending(experiment);
  for (const std::int64_t id : earlier) {
    for (const store::AttemptRow& attempt : store.attempts(id)) {
      const auto found = stages.find(attempt.stage);
      if (found == stages.end() || found->second->model.empty()) continue;
      const sdk::Usage usage = attempt.outcome == "done" ? usage_of(store, *found->second) : sdk::Usage{};
      spending.add(found->second->model, usage.prompt_tokens, usage.cached_prompt_tokens, usage.completion_tokens,
                   attempt.seconds);
    }
  }
  return spending.dollars() + models::remote::dollars_of_runs(store.folder() / "answers" / "answers.jsonl", earlier);
}

}  // namespace assay::run
