#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "assay/sdk/metric.h"
#include "run/score_table.h"
#include "run/stage.h"
#include "stats/bootstrap.h"
#include "stats/clusters.h"

namespace assay::run {

/// One for all comparisons: resamples are a function of the sample's size.
inline constexpr std::uint64_t kResampleSeed = 20;

/// One metric's rows over one cell's examples; cells that share a score stage share it.
struct Scored {
  ScoreTable table;
  std::shared_ptr<sdk::Metric> metric;
  std::size_t width = 0;
  std::vector<double> values;     ///< an output each
  std::vector<double> resampled;  ///< resamples × outputs
  std::vector<double> own;        ///< the examples' own scores where the value is their mean, else none

  /// What proportions are told by.
  [[nodiscard]] std::span<const double> scores() const { return own; }
};

struct ScoredCells {
  std::map<std::string, Scored> by_key;
  std::vector<sdk::Value> outputs;
  std::size_t examples = 0;
  std::optional<stats::Clusters> clusters;  ///< where the job's rows come in some

  /// Of which the sample is made, as independent of each other.
  [[nodiscard]] std::size_t units() const { return clusters ? clusters->count : examples; }
  [[nodiscard]] stats::Resampler resampler() const;
};

/// The scores of the job's metric in these stages' bundles, resampled. Every resample's weights are drawn once and
/// serve all of them: that is what pairs them. @throws Error where they are over different examples.
ScoredCells read_scores(StageWork& work, const std::set<std::string>& keys, int resamples);

/// A label an example of the job's dataset, by a field or a template. @throws Error where there are not `examples` of them.
std::vector<std::string> labels_of(const plan::Job& job, const std::string& key, const std::string& what,
                                   std::size_t examples);

/// One output's resampled values.
std::vector<double> column(const std::vector<double>& resampled, std::size_t outputs, std::size_t output);

}  // namespace assay::run
