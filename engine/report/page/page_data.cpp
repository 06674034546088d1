#include "report/page/page_data.h"

#include <algorithm>
#include <map>
#include <set>

namespace assay::report {
namespace {

OrderedJson head(const plan::Cell& cell) {
  return {{"dataset", cell.dataset}, {"group", cell.group}, {"cell", cell.id}, {"seed", cell.seed}};
}

}  // namespace

OrderedJson timeline(const std::vector<store::AttemptRow>& attempts, const plan::Plan& plan, const std::string& started,
                     const store::ShortPaths& short_paths) {
  std::map<std::string, const plan::Stage*> stages;
  for (const plan::Stage& stage : plan.stages) stages[stage.key] = &stage;
  const double zero = store::seconds_of(started);
  OrderedJson out = OrderedJson::array();
  for (const store::AttemptRow& attempt : attempts) {
    const auto stage = stages.find(attempt.stage);
    const double start = store::seconds_of(attempt.started) - zero, end = store::seconds_of(attempt.finished) - zero;
    if (stage == stages.end() || attempt.outcome == "reused" || attempt.outcome == "skipped" || !(start <= end))
      continue;
    out.push_back({{"stage", attempt.stage},
                   {"kind", plan::to_string(stage->second->kind)},
                   {"label", short_paths(stage->second->label)},
                   {"worker", attempt.worker},
                   {"number", attempt.number},
                   {"start", start},
                   {"end", end},
                   {"outcome", attempt.outcome}});
  }
  return out;
}

OrderedJson trainings(const plan::Plan& plan, StageResults& stages) {
  OrderedJson out = OrderedJson::array();
  std::set<std::string> told;
  for (const plan::Cell& cell : plan.cells) {
    for (const std::string& key : stages.adapters(cell)) {
      if (!stages.stage(key).trains || !told.insert(cell.group + key).second) continue;
      const store::Bundle* bundle = stages.bundle(key);
      if (!bundle || !bundle->has("training.json")) continue;
      const Json training = bundle->json("training.json");
      OrderedJson one = head(cell);
      for (const char* name : {"losses", "validation", "best_step", "ended"}) {
        if (training.contains(name)) one[name] = training[name];
      }
      out.push_back(std::move(one));
    }
  }
  return out;
}

OrderedJson latencies(const plan::Plan& plan, StageResults& stages) {
  OrderedJson out = OrderedJson::array();
  for (const plan::Cell& cell : plan.cells) {
    const store::Bundle* bundle = cell.measure.empty() ? nullptr : stages.bundle(cell.measure);
    if (!bundle) continue;
    std::vector<double> milliseconds;
    bundle->rows("timings.jsonl", [&](const Json& row) {
      if (row.value("part", "") == "latency" && row.at("ms").is_number())
        milliseconds.push_back(row["ms"].get<double>());
    });
    std::sort(milliseconds.begin(), milliseconds.end());
    OrderedJson one = head(cell);
    one["ms"] = milliseconds;
    out.push_back(std::move(one));
  }
  return out;
}

OrderedJson numerics(const plan::Plan& plan) {
  for (const plan::Stage& stage : plan.stages) {
    if (const auto found = stage.inputs.find("numerics"); found != stage.inputs.end()) return *found;
  }
  return nullptr;
}

}  // namespace assay::report
