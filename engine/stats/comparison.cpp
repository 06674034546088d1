#include "stats/comparison.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

#include "stats/additive.h"
#include "stats/estimate.h"
#include "stats/power.h"
#include "stats/proportions.h"
#include "stats/randomisation.h"
#include "stats/resampled.h"
#include "stats/signed_ranks.h"

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

/// Clusters are exchanged whole.
double randomised(std::span<const double> first, std::span<const double> second, const Clusters* clusters,
                  const Resampling& resampling) {
  const AdditiveSample a{first, 1}, b{second, 1};
  if (clusters == nullptr) return randomisation_p_values(a, b, 1, mean_from_sums, resampling)[0];
  const ClusteredSample of_a = sum_by_cluster(a, *clusters), of_b = sum_by_cluster(b, *clusters);
  return randomisation_p_values(of_a.view(), of_b.view(), 1, mean_from_sums, resampling)[0];
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

std::optional<PairedTest> chosen_test(TestKind test, std::span<const double> first, std::span<const double> second,
                                      const Clusters* clusters, const Resampling& resampling) {
  if (first.empty() || first.size() != second.size()) return std::nullopt;
  std::vector<double> differences(first.size());
  std::transform(first.begin(), first.end(), second.begin(), differences.begin(), std::minus<>());
  if (std::any_of(differences.begin(), differences.end(), [](double d) { return std::isnan(d); })) return std::nullopt;
  const bool independent = clusters == nullptr;
  switch (test) {
    case TestKind::automatic:
    case TestKind::paired_bootstrap:
      return std::nullopt;
    case TestKind::mcnemar_mid_p:
      if (!independent || !are_proportions(first, second)) return std::nullopt;
      return PairedTest{mcnemar_mid_p(discordance(first, second)), "mcnemar_mid_p"};
    case TestKind::mcnemar_exact:
      if (!independent || !are_proportions(first, second)) return std::nullopt;
      return PairedTest{mcnemar_exact(discordance(first, second)), "mcnemar_exact"};
    case TestKind::wilcoxon:
      if (!independent) return std::nullopt;
      return PairedTest{wilcoxon_signed_rank(differences), "wilcoxon"};
    case TestKind::sign:
      if (!independent) return std::nullopt;
      return PairedTest{sign_test(differences), "sign"};
    case TestKind::paired_t:
      return PairedTest{(independent ? estimate_mean(differences) : estimate_mean(differences, *clusters)).p_value(),
                        "paired_t"};
    case TestKind::randomisation:
      return PairedTest{randomised(first, second, clusters, resampling), "randomisation"};
  }
  return std::nullopt;
}

Reach reach(std::span<const double> first, std::span<const double> second, double difference,
            std::span<const double> resampled_differences, std::size_t units, double alpha) {
  const auto n = static_cast<double>(units);
  const auto of = [&](const Power& power) {
    return Reach{detectable_difference(power, n), needed_examples(power, std::abs(difference))};
  };
  if (!are_proportions(first, second))
    return of(paired_mean_power(standard_deviation(resampled_differences) * std::sqrt(n * n / (n - 1)), alpha));
  const Discordance pairs = discordance(first, second);
  return of(paired_proportion_power(static_cast<double>(pairs.first_only + pairs.second_only) / n, alpha));
}

}  // namespace assay::stats
