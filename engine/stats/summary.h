#pragma once
#include <span>

namespace assay::stats {

struct Interval {
  double low = 0;
  double high = 0;
  [[nodiscard]] bool contains(double x) const { return low <= x && x <= high; }
};

/// NaN for no values.
double mean(std::span<const double> values);

/// Sample standard deviation (n-1 below the line); NaN for fewer than two values.
double standard_deviation(std::span<const double> values);

/// The q-quantile of ascending values, by linear interpolation between order statistics (Hyndman & Fan 1996, type 7;
/// NumPy's default). NaN for no values.
double quantile(std::span<const double> sorted, double q);

/// Quantile function of the standard normal distribution, for 0 < p < 1; relative error below 1e-13.
double normal_quantile(double p);

/// Wilson's score interval for a proportion (Wilson 1927), within [0, 1]; [0, 1] for no trials.
Interval wilson(double successes, double trials, double confidence);

}  // namespace assay::stats
