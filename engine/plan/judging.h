#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/experiment.h"
#include "config/load.h"
#include "plan/plan.h"

namespace assay::plan {

/// The model that a metric asks about a cell of `cell_model`, if it asks one.
std::optional<std::string> judge_of(const config::PluginManifest& metric, const Json& params,
                                    const std::string& cell_model);

/// Whose answers those of a cell are held against: `baseline` or a strategy of the matrix; empty for nobody's.
std::string against_of(const config::PluginManifest& metric, const Json& params);

/// Which model and which strategy the experiment's metrics ask and hold answers against are there, and whether tuning can
/// use them: problems for a person, each with the metric that has it.
std::vector<std::pair<const config::MetricSetting*, std::string>> judging_problems(const config::Experiment&,
                                                                                   const config::PluginManifests&);

/// The cell of `cells` whose answers those of `cell` are held against: of the same dataset, where there is one of the same
/// model, else of another; of the same seed, else of the first. `entries` has the names of the matrix's entries by group.
/// `at` is where the metric stands, for messages.
/// @throws config::InvalidExperiment where none is planned, or several settings are meant
const Cell& opponent_of(const Cell& cell, const std::string& against, const std::vector<Cell>& cells,
                        const std::map<std::string, std::string>& entries, const config::Position& at);

}  // namespace assay::plan
