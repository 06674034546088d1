#pragma once
#include <vector>

#include "config/experiment.h"
#include "config/load.h"
#include "config/schema.h"
#include "config/yaml.h"

namespace assay::config {

/// Reads `tuning:` of the document (schema-checked, defaults filled in) and settles which value of which metric
/// decides: `tuning.metric`, else the report's primary metric. Where something is tuned, that must be a metric of the
/// experiment which is computed from predictions alone, or `validation_loss` where all that is tuned belongs to
/// training.
TuningSettings read_tuning(const Node& root, const Json& document, const std::vector<StrategyEntry>& strategies,
                           const std::vector<MetricSetting>& metrics, const PluginManifests& plugins,
                           Problems& problems);

}  // namespace assay::config
