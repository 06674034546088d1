#pragma once
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/experiment.h"
#include "config/load.h"
#include "plan/job.h"
#include "plan/plan.h"

namespace assay::plan {

/// The stages of a plan while it is made, each after what it needs. Equal keys become one stage.
class StageList {
 public:
  /// The experiment outlives this.
  explicit StageList(const config::Experiment& experiment) : experiment_(experiment) {}

  /// Adds the stage, named by the hash of its inputs, unless its key is there; returns the key. What rests on something that
  /// differs from one making to the next does so as well.
  std::string add(Stage stage, Job job);

  std::vector<Stage> take() { return std::move(stages_); }

 private:
  const config::Experiment& experiment_;
  std::vector<Stage> stages_;
  std::set<std::string> known_;     ///< keys
  std::set<std::string> unstable_;  ///< keys of what is not the same each time that it is made
};

/// Whether nothing in the cell depends on its seed (for the label).
bool needs_no_seed(const Cell& cell, const config::PluginManifests& plugins);

/// The end of a label: " · seed 3".
std::string seed_label(const Cell& cell, bool seeded);

/// An experiment's model or dataset of that name. @throws BadInput
const config::ModelSpec& model_of(const config::Experiment&, const std::string& name);
const config::DatasetSpec& dataset_of(const config::Experiment&, const std::string& name);

}  // namespace assay::plan
