#pragma once
#include <string>
#include <vector>

#include "config/experiment.h"
#include "config/load.h"
#include "plan/estimate.h"
#include "plan/identity.h"
#include "plan/job_parts.h"
#include "plan/plan.h"
#include "plan/stage_list.h"

namespace assay::plan {

/// The adapt stages of lists of strategies: what each rests on, and which of them come before others.
class AdaptStages {
 public:
  /// All outlive this.
  AdaptStages(const config::Experiment& experiment, const config::PluginManifests& plugins,
              const Environment& environment, Identities& identities, const JobParts& jobs, Estimates& estimates,
              StageList& stages)
      : experiment_(experiment),
        plugins_(plugins),
        environment_(environment),
        identities_(identities),
        jobs_(jobs),
        estimates_(estimates),
        stages_(stages) {}

  /// Adds those of a list of the cell's strategies, one setting each; returns their keys in the list's order.
  std::vector<std::string> add(const Cell& cell, const std::vector<config::StrategySetting>& strategy);

 private:
  /// A list, and the keys of those of its adapt stages that are planned, by place.
  struct List {
    const std::vector<config::StrategySetting>& strategy;
    std::vector<std::string> adapt;
  };

  std::string add(const Cell& cell, const List& list, std::size_t place);
  bool describe_list(const List& list, std::size_t place, Stage& stage, Job& job);
  void describe_training(const config::StrategySetting& setting, const config::ModelSpec& model, Stage& stage,
                         Job& job);
  void describe_selecting(const config::StrategySetting& setting, const config::PluginManifest& strategy, Stage& stage,
                          Job& job);

  const config::Experiment& experiment_;
  const config::PluginManifests& plugins_;
  const Environment& environment_;
  Identities& identities_;
  const JobParts& jobs_;
  Estimates& estimates_;
  StageList& stages_;
};

}  // namespace assay::plan
