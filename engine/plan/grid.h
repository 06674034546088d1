#pragma once
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/experiment.h"
#include "config/load.h"
#include "plan/plan.h"

namespace assay::plan {

/// The cells of an experiment; stage keys still empty.
struct Grid {
  std::vector<Cell> cells;                     ///< models outermost, seeds innermost
  std::vector<std::string> warnings;           ///< where strategies are not tuned alike
  std::string selection;                       ///< Plan::selection
  std::map<std::string, std::string> entries;  ///< names of the matrix's entries that groups come of, by group
};

/// Every cell of the matrix but those that `exclude` drops and --only and --skip leave out. One group of each dataset is
/// the baseline: the first that `report.baseline` names, else the first of all. A cell in which something is tuned has its
/// trials: all settings of its grid, or `tuning.trials` of them drawn by its seed.
/// @throws config::InvalidExperiment where a pattern matches nothing, or nothing is left.
Grid expand_grid(const config::Experiment&, const config::PluginManifests&);

/// "lora(rank=8) + few_shot(shots=2)": what differs from the plugins' defaults, and `axes` (part and parameter) anyway;
/// what is tuned stands as "tuned".
std::string label_of(const std::vector<config::StrategySetting>& strategy, const config::PluginManifests& plugins,
                     const std::set<std::pair<std::size_t, std::string>>& axes = {});

/// The manifest of a plugin that validation has found.
const config::PluginManifest& manifest_of(const config::PluginManifests&, const std::string& kind,
                                          const std::string& name);

}  // namespace assay::plan
