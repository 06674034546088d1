#pragma once
#include <string>
#include <vector>

#include "config/experiment.h"
#include "config/load.h"
#include "data/front_matter.h"

namespace assay::plan {

/// Variables that a prompt requires and that nobody gives it on `dataset`, one a sentence. The dataset gives `input`,
/// `fields`, and `instruction` and `choices` where it has them; a strategy what its parameters `instruction`, `system` and
/// `variables` hold, and shots and passages where one adapts and composes. What a driver or somebody else's plugin may give besides
/// is known only when it is asked: rendering is strict.
std::vector<std::string> missing_variables(const data::FrontMatter& prompt,
                                           const std::vector<config::StrategySetting>& parts,
                                           const config::PluginManifests& plugins, const config::DatasetSpec& dataset);

}  // namespace assay::plan
