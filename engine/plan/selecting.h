#pragma once
#include <string>

#include "config/experiment.h"
#include "config/load.h"

namespace assay::plan {

/// What a training's `select` names, or what keeps it from being used.
struct Selecting {
  const config::MetricSetting* metric = nullptr;  ///< null where the loss selects, or with a problem
  std::string problem;                            ///< for people; empty when it can be used
};

/// `params` are those of a strategy that trains. A metric is named as it is, or by one of its values ("f1.macro").
Selecting selecting(const config::Experiment&, const config::PluginManifests&, const Json& params);

}  // namespace assay::plan
