#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "stats/summary.h"

namespace assay::stats {

/// Draws bootstrap resamples of `examples` rows: resample b is a multinomial draw of n out of n, a function of (seed,
/// b) alone. Weights made once per resample serve every cell over the same examples, which is what makes comparisons
/// paired. Immutable; threads may share one.
class Resampler {
 public:
  Resampler(std::size_t examples, std::uint64_t seed) : examples_(examples), seed_(seed) {}
  [[nodiscard]] std::size_t examples() const { return examples_; }

  /// Fills `out` (of `examples()` values, whole numbers that sum to `examples()`): how often each example was drawn.
  void weights(int resample, std::span<double> out) const;

 private:
  std::size_t examples_;
  std::uint64_t seed_;
};

/// A statistic of a weighted sample: weight i is how often example i was drawn.
using Statistic = std::function<void(std::span<const double> weights, std::span<double> out)>;

/// Percentile bootstrap (Efron & Tibshirani 1993, ch. 13): `resamples` multinomial draws of n examples, keyed by `seed`
/// alone, so that two cells over the same examples are resampled in pairs. Returns resamples × outputs values,
/// row-major.
std::vector<double> bootstrap(std::size_t examples, std::size_t outputs, int resamples, std::uint64_t seed,
                              const Statistic&);

/// The percentile interval of `values` (NaNs left out; NaN bounds where none is left), with the order statistics
/// interpolated as by `quantile`.
Interval percentile_interval(std::span<const double> values, double confidence);

/// Two-sided bootstrap p-value of "no difference" from resampled paired differences: 2·min(P(d≤0), P(d≥0)), at least
/// 1/(B+1), at most 1. NaNs are left out; NaN for no values.
double bootstrap_p_value(std::span<const double> differences);

}  // namespace assay::stats
