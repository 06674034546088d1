#pragma once
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "config/experiment.h"
#include "config/load.h"
#include "config/schema.h"
#include "config/yaml.h"

namespace assay::config {

struct UntrainableModel {
  std::string name;
  std::string why;  ///< with what to use instead
};

/// What a strategy needs to know of the rest of the file to be judged.
struct Surroundings {
  std::filesystem::path folder;
  std::vector<std::string> without_train;       ///< datasets of the matrix that have no training rows
  std::vector<std::string> without_validation;  ///< and no validation rows
  std::vector<UntrainableModel> untrainable;    ///< models of the matrix that cannot be trained here
  std::vector<UntrainableModel> without_jobs;   ///< models of the matrix for which no provider takes a fine-tuning job
  std::vector<std::string> models, datasets;    ///< all of the matrix
  std::vector<CellPattern> exclude;
};

/// Reads matrix.strategy: names known, parameters by each plugin's schema, axes kept as {"sweep": […]}, compositions
/// that clash refused. Entries with problems are left out.
std::vector<StrategyEntry> read_strategies(const Node& list, const PluginManifests& plugins, const Surroundings& around,
                                           Problems& problems);

/// Reads metrics, likewise.
std::vector<MetricSetting> read_metrics(const Node& list, const PluginManifests& plugins,
                                        const std::filesystem::path& folder, Problems& problems);

}  // namespace assay::config
