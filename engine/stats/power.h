#pragma once
#include <functional>

namespace assay::stats {

/// The power of a two-sided test against a true difference > 0, with n examples (of each side where unpaired).
struct Power {
  std::function<double(double difference, double n)> of;
  double unit = 1;     ///< a difference of the usual size, where a search may start
  double largest = 0;  ///< the largest difference that there can be
};

// For each design, before a run with assumed and after it with measured figures. Means: Student's t by the noncentral
// distribution (Cohen 1988, ch. 2). Proportions: normal, with the variance of the null hypothesis for the critical
// value and that of the alternative beside it (Fleiss, Levin & Paik 2003, ch. 4; Connor 1987 for pairs).

/// Of paired scores; `deviation` is the standard deviation of the differences.
[[nodiscard]] Power paired_mean_power(double deviation, double alpha = 0.05);
/// Of two samples; `deviation` is the standard deviation within each.
[[nodiscard]] Power unpaired_mean_power(double deviation, double alpha = 0.05);
/// Of paired 0/1 scores (McNemar's test); `discordant` is the share of pairs that differ.
[[nodiscard]] Power paired_proportion_power(double discordant, double alpha = 0.05);
/// Of two samples of 0/1 scores, the first with a share of `baseline`, the second with more.
[[nodiscard]] Power unpaired_proportion_power(double baseline, double alpha = 0.05);

/// The share of pairs of 0/1 scores that differ, for shares `first` and `second` and the correlation between them (0
/// for systems that have nothing in common, which is the cautious assumption before a run).
[[nodiscard]] double expected_discordance(double first, double second, double correlation);

/// The minimum detectable effect: the true difference that n examples find with chance `power`. NaN where even the
/// largest difference would not be found so often, or where there is no spread to reckon with.
[[nodiscard]] double detectable_difference(const Power&, double n, double power = 0.8);

/// The smallest n that finds `difference` with chance `power`, a whole number of at least 2; infinite for a difference
/// of 0 or so small that 10^12 do not, NaN for one that there cannot be.
[[nodiscard]] double needed_examples(const Power&, double difference, double power = 0.8);

}  // namespace assay::stats
