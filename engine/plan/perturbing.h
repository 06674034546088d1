#pragma once
#include <optional>
#include <string>
#include <vector>

#include "config/experiment.h"
#include "config/load.h"
#include "plan/identity.h"
#include "plan/job.h"
#include "plan/plan.h"

namespace assay::plan {

/// What of a variant reaches a cell: nothing is left of an order of choices that the dataset has not, or of examples
/// that no strategy shows. Nothing at all (no name either) where the cell is asked as ever.
config::Perturbation reaching(config::Perturbation how, const std::vector<config::StrategySetting>& strategy,
                              const config::DatasetSpec& dataset, const config::PluginManifests& plugins);

/// Whether something of it is drawn by the seed.
bool is_random(const config::Perturbation& how);

/// What asking must do besides taking another instruction or prompt; nothing where that is all.
std::optional<PerturbJob> perturb_job(const config::Perturbation& how, std::uint64_t seed);

/// The part of a stage's inputs that tells it: what is changed, and the seed where it is drawn.
Json identity_of(const PerturbJob& perturb);

/// Where variants do not reach what a cell is asked with: prompts that read the row's fields, prompts and instructions
/// that strategies bring along. A sentence each.
std::vector<std::string> perturbing_warnings(const config::Experiment& experiment,
                                             const config::PluginManifests& plugins, const Identities& identities,
                                             const std::vector<Cell>& cells);

}  // namespace assay::plan
