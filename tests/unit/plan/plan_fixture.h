#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "assay/sdk/error.h"
#include "plan/job.h"
#include "plan/plan.h"
#include "unit/config/experiment_fixture.h"

namespace assay::testing {

/// Plans of the small experiment; hashes are never remembered between two plans.
class PlanFixture : public ExperimentFixture {
 protected:
  plan::Plan plan(const std::string& yaml, std::vector<std::string> overrides = {}) const {
    return plan_with(plugins(), environment(), yaml, std::move(overrides));
  }

  plan::Plan plan_with(const config::PluginManifests& manifests, const plan::Environment& environment,
                       const std::string& yaml, std::vector<std::string> overrides = {}) const {
    write("e.yaml", yaml);
    const config::Experiment experiment =
        config::load(folder_ / "e.yaml", manifests, overrides, ASSAY_SOURCE_DIR "/schemas/experiment.schema.json");
    data::FileHashes hashes{std::filesystem::path()};
    return plan::make_plan(experiment, manifests, environment, hashes);
  }

  static plan::Environment environment() { return {"1.13.0", "some cpu", 1, "some machine"}; }

  static std::vector<std::string> keys(const plan::Plan& plan, plan::StageKind kind) {
    std::vector<std::string> all;
    for (const plan::Stage& stage : plan.stages) {
      if (stage.kind == kind) all.push_back(stage.key);
    }
    return all;
  }

  static std::vector<const plan::Cell*> cells(const plan::Plan& plan, const std::string& label) {
    std::vector<const plan::Cell*> all;
    for (const plan::Cell& cell : plan.cells) {
      if (cell.strategy_label == label) all.push_back(&cell);
    }
    return all;
  }

  /// The labels of stages that are in `after` only, without repetition: what runs again.
  static std::vector<std::string> fresh(const plan::Plan& before, const plan::Plan& after) {
    std::vector<std::string> kinds;
    for (const plan::Stage& stage : after.stages) {
      const bool known = std::any_of(before.stages.begin(), before.stages.end(),
                                     [&](const plan::Stage& s) { return s.key == stage.key; });
      if (!known) kinds.push_back(stage.label);
    }
    std::sort(kinds.begin(), kinds.end());
    return kinds;
  }

  static std::size_t count(const std::vector<std::string>& labels, const std::string& part) {
    return static_cast<std::size_t>(std::count_if(
        labels.begin(), labels.end(), [&](const std::string& label) { return label.find(part) != std::string::npos; }));
  }
};

}  // namespace assay::testing
