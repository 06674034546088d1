#pragma once
#include "config/experiment.h"
#include "config/load.h"
#include "plan/identity.h"

namespace assay::plan {

/// Reads what the matrix names: rows through their templates, prompt files with what they include.
/// @throws config::InvalidExperiment with every problem, each at the place in the experiment that leads to it. Of one
/// dataset only the first split with a problem is named: the next would mostly repeat it.
void check_inputs(const config::Experiment&, const config::PluginManifests&, Identities&);

}  // namespace assay::plan
