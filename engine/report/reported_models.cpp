#include "report/reported_models.h"

#include <utility>

#include "store/reported_models.h"

namespace assay::report {

std::vector<std::string> reported_changes(const plan::Plan& plan, StageResults& stages) {
  store::ReportedModels reported;
  for (const plan::Stage& stage : plan.stages) {
    const store::Bundle* done = stage.model.empty() ? nullptr : stages.bundle(stage.key);
    if (!done) continue;
    const Json timing = done->header().value("timing", Json::object());
    if (timing.contains("remote")) reported.add(stage.model, stage.label, timing["remote"]);
  }
  return reported.changes();
}

std::vector<std::string> reported_changes(store::Store& store, std::int64_t run) {
  const plan::Plan plan = store.plan(run);
  const Json settings = store.experiment(run);
  StageResults stages(store, plan, settings, [](const std::string&) {});  // the report tells of damaged bundles
  return reported_changes(plan, stages);
}

}  // namespace assay::report
