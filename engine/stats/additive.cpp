#include "stats/additive.h"

#include <cmath>
#include <stdexcept>

namespace assay::stats {

void mean_from_sums(std::span<const double> sums, double count, std::span<double> out) {
  out[0] = count > 0 ? sums[0] / count : std::nan("");
}

Sums sum(const AdditiveSample& sample) {
  Sums sums{std::vector<double>(sample.width), 0};
  for (std::size_t i = 0; i < sample.size(); ++i) {
    for (std::size_t j = 0; j < sample.width; ++j) sums.columns[j] += sample.rows[i * sample.width + j];
    sums.count += sample.counts.empty() ? 1 : sample.counts[i];
  }
  return sums;
}

ClusteredSample sum_by_cluster(const AdditiveSample& sample, const Clusters& clusters) {
  if (sample.size() != clusters.of.size())
    throw std::invalid_argument("sum_by_cluster: every row needs a cluster, and every cluster's example a row");
  ClusteredSample summed{std::vector<double>(clusters.count * sample.width), std::vector<double>(clusters.count),
                         sample.width};
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const std::size_t cluster = clusters.of[i];
    for (std::size_t j = 0; j < sample.width; ++j)
      summed.rows[cluster * sample.width + j] += sample.rows[i * sample.width + j];
    summed.counts[cluster] += sample.counts.empty() ? 1 : sample.counts[i];
  }
  return summed;
}

}  // namespace assay::stats
