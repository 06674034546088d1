#pragma once
#include <cstddef>
#include <span>

#include "stats/clusters.h"
#include "stats/summary.h"

namespace assay::stats {

/// A number with its standard error, in the number's own unit; intervals and tests use Student's t.
struct Estimate {
  double value = 0;
  double standard_error = 0;
  double degrees = 0;

  /// Whether the standard error is known and, but for rounding, above 0.
  [[nodiscard]] bool has_spread() const;

  /// value ± t·SE; NaN bounds where the standard error is unknown.
  [[nodiscard]] Interval interval(double confidence) const;

  /// Two-sided t test of "the value is 0". Without spread to judge by it is NaN, but 1 where all that was averaged is
  /// 0.
  [[nodiscard]] double p_value() const;
};

/// The mean of independent values, SE = s/√n on n-1 degrees of freedom. Of paired differences, `p_value` is the paired
/// t test (Student 1908). The standard error is NaN for fewer than two values.
[[nodiscard]] Estimate estimate_mean(std::span<const double> values);

/// The mean of values that come in clusters: SE² = G/(G-1) · Σ_g (Σ_{i in g} (xᵢ - x̄))² / n² on G-1 degrees of freedom
/// for G clusters (Miller 2024, arXiv 2411.00640, with the finite-cluster correction of Cameron & Miller 2015). The
/// standard error is NaN for fewer than two clusters; where each cluster is one value it is that of independent values.
/// @throws std::invalid_argument  where the values are not as many as the clusters' examples.
[[nodiscard]] Estimate estimate_mean(std::span<const double> values, const Clusters&);

/// The difference of two independent samples' means, with Welch's degrees of freedom (Welch 1947).
[[nodiscard]] Estimate estimate_difference(std::span<const double> first, std::span<const double> second);

}  // namespace assay::stats
