#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "stats/clusters.h"

namespace assay::stats {

/// Examples by their additive sufficient statistics: an example a row of `width` columns, as true positives, false
/// positives and false negatives of F1, or BLEU's matched and counted n-grams and lengths. Refers to the caller's data.
struct AdditiveSample {
  std::span<const double> rows;  ///< row-major
  std::size_t width = 1;
  std::span<const double> counts = {};  ///< how many examples each row stands for; empty: one each

  [[nodiscard]] std::size_t size() const { return width == 0 ? 0 : rows.size() / width; }
};

/// The values that column sums over `count` examples give. Called from several threads at once.
using FromSums = std::function<void(std::span<const double> sums, double count, std::span<double> out)>;

/// The mean of a single column.
void mean_from_sums(std::span<const double> sums, double count, std::span<double> out);

/// Column sums and the number of examples.
struct Sums {
  std::vector<double> columns;
  double count = 0;
};
[[nodiscard]] Sums sum(const AdditiveSample&);

/// A sample whose rows are sums over clusters: resampling, jackknifing or exchanging its rows treats clusters as
/// wholes.
struct ClusteredSample {
  std::vector<double> rows;
  std::vector<double> counts;
  std::size_t width = 1;
  [[nodiscard]] AdditiveSample view() const { return {rows, width, counts}; }
};
/// @throws std::invalid_argument  where the sample's rows are not as many as the clusters' examples.
[[nodiscard]] ClusteredSample sum_by_cluster(const AdditiveSample&, const Clusters&);

}  // namespace assay::stats
