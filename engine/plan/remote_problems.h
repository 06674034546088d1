#pragma once
#include <string>
#include <utility>
#include <vector>

#include "config/experiment.h"

namespace assay::plan {

/// Why a remote model cannot be asked as the experiment says: generation words that its API does not have, plain http to
/// another machine. Places (as in Experiment::positions) with words for a person; no look at the network or at keys.
std::vector<std::pair<std::string, std::string>> remote_problems(const config::Experiment&, const config::ModelSpec&);

}  // namespace assay::plan
