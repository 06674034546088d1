#pragma once
#include <filesystem>
#include <vector>

#include "config/experiment.h"
#include "config/schema.h"
#include "config/yaml.h"

namespace assay::config {

/// Reads `perturb:` of the document, in which the schema found no fault. A variant without a name is called by what it
/// changes, "typos=0.05". Variants that change nothing, or what another changes already, and names used twice are
/// problems.
std::vector<Perturbation> read_perturbations(const Node& root, const Json& document,
                                             const std::filesystem::path& folder, Problems& problems);

}  // namespace assay::config
