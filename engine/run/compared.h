#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "plan/job.h"
#include "run/scored.h"
#include "stats/seeds.h"

namespace assay::run {

/// The seeds of one setting, under one metric.
struct ComparedGroup {
  std::string name;
  std::vector<const plan::CompareCellJob*> cells;
  std::vector<const Scored*> scored;  ///< one a cell
  std::vector<double> values;         ///< mean over seeds
  std::vector<double> resampled;      ///< outputs × resamples, mean over seeds
  /// The examples' own scores where the value is their mean: those that all seeds have alike, else none.
  std::span<const double> scores;
  /// The same, each a mean over seeds.
  std::vector<double> mean_scores;

  /// The cell's of that seed; null where there is none.
  [[nodiscard]] const Scored* of_seed(std::uint64_t seed) const;
  [[nodiscard]] std::span<const double> resampled_of(std::size_t output) const {
    const std::size_t resamples = resampled.size() / values.size();
    return std::span(resampled).subspan(output * resamples, resamples);
  }
};

std::vector<ComparedGroup> compared_groups(const plan::CompareJob& compare, const ScoredCells& all);

/// One output's mean over seeds with both seeds and examples as drawn from more of their kind; none where results do not
/// depend on the seed.
std::optional<stats::SeedEstimate> over_seeds(const ComparedGroup& group, std::size_t output, const ScoredCells& all);

/// The same of the difference a - b, in pairs of seeds; none where the groups have different ones.
std::optional<stats::SeedEstimate> over_seeds(const ComparedGroup& a, const ComparedGroup& b, std::size_t output,
                                              const ScoredCells& all);

}  // namespace assay::run
