#include "stats/power.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/distributions.h"

namespace assay::stats {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kMostExamples = 1e12;  // what takes more is a difference by rounding

double t_power(double degrees, double noncentrality, double alpha) {
  constexpr double kCertain = 40;  // standard deviations past which a normal tail is 0 in double precision
  const double critical = t_quantile(1 - alpha / 2, degrees);
  if (noncentrality > kCertain * critical) return 1;  // where the series of the distribution does not end
  return 1 - noncentral_t_cdf(critical, degrees, noncentrality) + noncentral_t_cdf(-critical, degrees, noncentrality);
}

/// `null` and `alternative` are standard deviations that √n divides.
double normal_power(double difference, double n, double null, double alternative, double alpha) {
  const double critical = normal_quantile(1 - alpha / 2) * null, shift = difference * std::sqrt(n);
  return normal_cdf((shift - critical) / alternative) + normal_cdf((-shift - critical) / alternative);
}

}  // namespace

Power paired_mean_power(double deviation, double alpha) {
  const auto of = [=](double difference, double n) {
    return t_power(n - 1, difference * std::sqrt(n) / deviation, alpha);
  };
  return {of, deviation, kInfinity};
}

Power unpaired_mean_power(double deviation, double alpha) {
  const auto of = [=](double difference, double n) {
    return t_power(2 * n - 2, difference * std::sqrt(n / 2) / deviation, alpha);
  };
  return {of, deviation, kInfinity};
}

Power paired_proportion_power(double discordant, double alpha) {
  const auto of = [=](double difference, double n) {
    return normal_power(difference, n, std::sqrt(discordant), std::sqrt(discordant - difference * difference), alpha);
  };
  return {of, discordant, discordant};
}

Power unpaired_proportion_power(double baseline, double alpha) {
  const auto of = [=](double difference, double n) {
    const double other = baseline + difference, pooled = baseline + difference / 2;
    return normal_power(difference, n, std::sqrt(2 * pooled * (1 - pooled)),
                        std::sqrt(baseline * (1 - baseline) + other * (1 - other)), alpha);
  };
  return {of, 1 - baseline, 1 - baseline};
}

double expected_discordance(double first, double second, double correlation) {
  const double independent = first * (1 - second) + second * (1 - first);
  return std::max(std::abs(first - second),
                  independent - 2 * correlation * std::sqrt(first * (1 - first) * second * (1 - second)));
}

double detectable_difference(const Power& test, double n, double power) {
  double low = 0, high = std::min(test.unit, test.largest);
  while (high < test.largest && test.of(high, n) < power) high = std::min(2 * high, test.largest);
  if (!(test.of(high, n) >= power)) return std::nan("");
  while (high - low > 1e-12 * high) {
    const double middle = low + (high - low) / 2;
    (test.of(middle, n) >= power ? high : low) = middle;
  }
  return high;
}

double needed_examples(const Power& test, double difference, double power) {
  if (difference == 0) return kInfinity;
  if (!(difference > 0 && difference <= test.largest)) return std::nan("");
  double low = 1, high = 2;
  for (; test.of(difference, high) < power; high *= 2) {
    if (high > kMostExamples) return kInfinity;
    low = high;
  }
  if (!(test.of(difference, high) >= power)) return std::nan("");
  while (high - low > 1) {
    const double middle = std::floor((low + high) / 2);
    (test.of(difference, middle) >= power ? high : low) = middle;
  }
  return high;
}

}  // namespace assay::stats
