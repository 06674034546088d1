#pragma once
#include <span>

namespace assay::stats {

struct Interval {
  double low = 0;
  double high = 0;
  [[nodiscard]] bool contains(double x) const { return low <= x && x <= high; }
};

/// NaN for no values.
[[nodiscard]] double mean(std::span<const double> values);

/// Sample standard deviation (n-1 below the line); NaN for fewer than two values.
[[nodiscard]] double standard_deviation(std::span<const double> values);

/// The q-quantile of ascending values, by linear interpolation between order statistics (Hyndman & Fan 1996, type 7;
/// NumPy's default). NaN for no values.
[[nodiscard]] double quantile(std::span<const double> sorted, double q);

}  // namespace assay::stats
