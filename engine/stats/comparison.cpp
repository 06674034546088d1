#include "stats/comparison.h"

#include <cmath>
#include <numeric>

#include "stats/estimate.h"
#include "stats/power.h"
#include "stats/proportions.h"
#include "stats/resampled.h"

namespace assay::stats {
namespace {

bool are_proportions(std::span<const double> first, std::span<const double> second) {
  return all_zero_or_one(first) && all_zero_or_one(second);
}

/// The t test of a difference whose standard error is its resamples' deviation.
double tail_p_value(double difference, std::span<const double> resampled_differences, std::size_t units) {
  const auto n = static_cast<double>(units);
  return Estimate{difference, standard_deviation(resampled_differences) * std::sqrt(n / (n - 1)), n - 1}.p_value();
}

}  // namespace

Interval value_interval(std::span<const double> scores, std::span<const double> resampled, std::size_t units,
                        double confidence) {
  if (!all_zero_or_one(scores)) return percentile_interval(resampled, confidence, units);
  return wilson(std::accumulate(scores.begin(), scores.end(), 0.0), static_cast<double>(scores.size()), confidence);
}

PairedTest paired_test(std::span<const double> first, std::span<const double> second, double difference,
                       std::span<const double> resampled_differences, std::size_t units) {
  if (are_proportions(first, second)) return {mcnemar_mid_p(discordance(first, second)), "mcnemar_mid_p"};
  double p_value = bootstrap_p_value(difference, resampled_differences, units);
  if (p_value * static_cast<double>(resampled_differences.size() + 1) < 1.5)
    p_value = std::fmin(p_value, tail_p_value(difference, resampled_differences, units));
  return {p_value, "paired_bootstrap"};
}

double detectable_effect(std::span<const double> first, std::span<const double> second,
                         std::span<const double> resampled_differences, std::size_t units, double alpha) {
  const auto n = static_cast<double>(units);
  if (!are_proportions(first, second)) {
    const double deviation = standard_deviation(resampled_differences) * std::sqrt(n * n / (n - 1));
    return detectable_difference(paired_mean_power(deviation, alpha), n);
  }
  const Discordance pairs = discordance(first, second);
  const double discordant = static_cast<double>(pairs.first_only + pairs.second_only) / n;
  return detectable_difference(paired_proportion_power(discordant, alpha), n);
}

}  // namespace assay::stats
