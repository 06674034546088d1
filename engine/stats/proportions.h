#pragma once
#include <cstddef>
#include <span>

#include "stats/summary.h"

namespace assay::stats {

/// Whether every score is 0 or 1, so that their mean is a proportion; false for no scores.
[[nodiscard]] bool all_zero_or_one(std::span<const double> scores);

/// Wilson's score interval for a proportion (Wilson 1927), within [0, 1]; [0, 1] for no trials.
/// @throws std::invalid_argument  where successes are not within [0, trials].
[[nodiscard]] Interval wilson(double successes, double trials, double confidence);

/// Pairs of 0/1 outcomes that differ: how often only the first and only the second was 1. Pairs that agree say nothing
/// of which is better.
struct Discordance {
  std::size_t first_only = 0;
  std::size_t second_only = 0;
};
/// @throws std::invalid_argument  where the lengths differ.
[[nodiscard]] Discordance discordance(std::span<const double> first, std::span<const double> second);

/// McNemar's exact two-sided test (McNemar 1947): twice the smaller binomial tail, at most 1; 1 for no discordant pair.
[[nodiscard]] double mcnemar_exact(const Discordance&);

/// The same with the observed outcome counted half (Fagerland, Lydersen & Laake 2013): closer to its level than
/// the exact test, which is conservative.
[[nodiscard]] double mcnemar_mid_p(const Discordance&);

}  // namespace assay::stats
