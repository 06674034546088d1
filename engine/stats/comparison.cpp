#include "stats/comparison.h"

#include <numeric>

#include "stats/proportions.h"
#include "stats/resampled.h"

namespace assay::stats {

Interval value_interval(std::span<const double> scores, std::span<const double> resampled, double confidence) {
  if (!all_zero_or_one(scores)) return percentile_interval(resampled, confidence);
  return wilson(std::accumulate(scores.begin(), scores.end(), 0.0), static_cast<double>(scores.size()), confidence);
}

PairedTest paired_test(std::span<const double> first, std::span<const double> second, double difference,
                       std::span<const double> resampled_differences) {
  if (all_zero_or_one(first) && all_zero_or_one(second))
    return {mcnemar_mid_p(discordance(first, second)), "mcnemar_mid_p"};
  return {bootstrap_p_value(difference, resampled_differences), "paired_bootstrap"};
}

}  // namespace assay::stats
