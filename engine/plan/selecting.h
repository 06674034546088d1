#pragma once
#include <string>

#include "config/experiment.h"
#include "config/load.h"

namespace assay::plan {

/// The metric by which a strategy selects while it adapts: a training its best weights, what tries prompts the best one.
struct Selecting {
  const config::MetricSetting* metric = nullptr;  ///< null where the loss selects, or with a problem
  std::string value;    ///< the metric's value that counts: its name, or the metric's own for the first
  std::string problem;  ///< for people; empty when it can be used
};

/// By `select` among the parameters of a strategy that trains or tries; a metric is named as it is, or by one of its values
/// ("f1.macro"). Without one the loss selects a training's weights, and the report's primary value what is tried.
Selecting selecting(const config::Experiment&, const config::PluginManifests&, const config::PluginManifest&,
                    const Json& params);

}  // namespace assay::plan
