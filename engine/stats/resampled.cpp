#include "stats/resampled.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "stats/distributions.h"

namespace assay::stats {
namespace {

std::vector<double> sorted_numbers(std::span<const double> values) {
  std::vector<double> kept;
  kept.reserve(values.size());
  for (const double v : values)
    if (!std::isnan(v)) kept.push_back(v);
  std::sort(kept.begin(), kept.end());
  return kept;
}

/// Skewness of the jackknife's values over 6 (Efron & Tibshirani 1993, eq. 14.15).
double acceleration(std::span<const double> jackknife) {
  const double centre = mean(jackknife);
  double squares = 0, cubes = 0;
  for (const double v : jackknife) {
    const double d = centre - v;
    squares += d * d;
    cubes += d * d * d;
  }
  return squares > 0 ? cubes / (6 * std::pow(squares, 1.5)) : 0;
}

/// Share of the ascending values below `value`, equal ones (but for the rounding of sums) counted half; kept off 0 and
/// 1, whose quantiles are infinite.
double share_below(const std::vector<double>& sorted, double value) {
  const double rounding = 1e-12 * std::abs(value);
  const auto first = std::lower_bound(sorted.begin(), sorted.end(), value - rounding);
  const auto last = std::upper_bound(sorted.begin(), sorted.end(), value + rounding);
  const auto below = static_cast<double>(first - sorted.begin()), equal = static_cast<double>(last - first);
  const auto count = static_cast<double>(sorted.size());
  return std::clamp((below + equal / 2) / count, 1 / (count + 1), count / (count + 1));
}

/// How much wider than plain resampling's an interval with `tail` on each side should be; infinite for a single unit.
double expansion(std::size_t units, double tail) {
  if (units == 0) return 1;
  if (units == 1) return std::numeric_limits<double>::infinity();
  const auto n = static_cast<double>(units);
  return std::sqrt(n / (n - 1)) * t_quantile(1 - tail, n - 1) / normal_quantile(1 - tail);
}

}  // namespace

Interval percentile_interval(std::span<const double> resampled, double confidence, std::size_t units) {
  const std::vector<double> sorted = sorted_numbers(resampled);
  const double plain = (1 - confidence) / 2;
  const double tail = normal_cdf(normal_quantile(plain) * expansion(units, plain));
  return {quantile(sorted, tail), quantile(sorted, 1 - tail)};
}

Interval bca_interval(std::span<const double> resampled, double value, std::span<const double> jackknife,
                      double confidence) {
  const std::vector<double> sorted = sorted_numbers(resampled);
  if (sorted.empty()) return {std::nan(""), std::nan("")};
  const double bias = normal_quantile(share_below(sorted, value)), a = acceleration(jackknife);
  const auto bound = [&](double tail) {
    const double z = bias + normal_quantile(tail);
    return quantile(sorted, normal_cdf(bias + z / (1 - a * z)));
  };
  const double tail = (1 - confidence) / 2;
  return {bound(tail), bound(1 - tail)};
}

double bootstrap_p_value(double difference, std::span<const double> resampled_differences, std::size_t units) {
  // Equal distances differ by rounding.
  const double reach = std::abs(difference) * (1 - 1e-9) / expansion(units, 0.025);
  std::size_t as_far = 0, count = 0;
  for (const double d : resampled_differences) {
    if (std::isnan(d)) continue;
    ++count;
    as_far += std::abs(d - difference) >= reach;
  }
  if (count == 0 || std::isnan(difference)) return std::nan("");
  return static_cast<double>(as_far + 1) / static_cast<double>(count + 1);
}

}  // namespace assay::stats
