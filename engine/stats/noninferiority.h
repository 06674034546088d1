#pragma once
#include <span>
#include <string_view>

#include "stats/proportions.h"
#include "stats/summary.h"

namespace assay::stats {

/// How much better the second of two paired samples is than the first, and the test of "it is worse by `margin`".
struct Change {
  double value = 0;       ///< mean(after) - mean(before)
  Interval interval;      ///< of it, by Student's t; NaN for fewer than two pairs
  double p_value = 1;     ///< two-sided, of value = -margin; NaN where nothing can be said
  std::string_view test;  ///< "mcnemar_mid_p", "tango", "paired_t", "sign", "paired_bootstrap"
  /// Whether the drop is shown to be larger than the margin, given the p-value adjusted for other tests. A two-sided
  /// p-value at `level` is a one-sided test at level/2.
  [[nodiscard]] bool is_worse(double margin, double adjusted, double level) const {
    return value < -margin && adjusted <= level;
  }
};

/// Of scores of the same examples, higher being better and `margin` ≥ 0 in their unit: of 0/1 scores McNemar's mid-p
/// test without a margin and Tango's with one, else Student's t of the differences; where these are all equal, the sign
/// test.
/// @throws std::invalid_argument  where the lengths differ, or for a margin below 0.
[[nodiscard]] Change paired_change(std::span<const double> before, std::span<const double> after, double margin,
                                   double confidence);

/// The same of a corpus value: `before` and `after` hold the values of the same resamples, of `units` examples each.
/// @throws std::invalid_argument  where the lengths differ.
[[nodiscard]] Change resampled_change(double value, std::span<const double> before, std::span<const double> after,
                                      double margin, std::size_t units, double confidence);

/// Two-sided score test of share(second) - share(first) = -margin over n pairs (Tango 1998, Statistics in Medicine 17,
/// eq. 9): its variance is that under the hypothesis, so that it also judges pairs which all differ the same way.
[[nodiscard]] double tango_p_value(const Discordance&, std::size_t n, double margin);

}  // namespace assay::stats
