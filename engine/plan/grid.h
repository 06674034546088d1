#pragma once
#include <vector>

#include "config/experiment.h"
#include "config/load.h"
#include "plan/plan.h"

namespace assay::plan {

/// Every cell of the matrix, models outermost, seeds innermost; stage keys still empty. One group of each dataset is the
/// baseline: the first that `report.baseline` names, else the first of all.
std::vector<Cell> expand_grid(const config::Experiment&, const config::PluginManifests&);

/// The manifest of a plugin that validation has found.
const config::PluginManifest& manifest_of(const config::PluginManifests&, const std::string& kind, const std::string& name);

}  // namespace assay::plan
