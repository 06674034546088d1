#pragma once
#include <cstddef>
#include <span>

#include "stats/summary.h"

namespace assay::stats {

// What resampled values say. NaNs among them are left out. `units` is how many independent examples (or clusters) were
// resampled: given that, spreads are widened as Student's t widens the normal's, by √(n/(n-1))·t/z, without which
// intervals of small samples are too short (Hesterberg 2015, section 5.3); 0 leaves them plain.

/// The percentile interval (Efron & Tibshirani 1993, ch. 13), order statistics interpolated as by `quantile`, expanded
/// for `units`; NaN bounds for no values.
[[nodiscard]] Interval percentile_interval(std::span<const double> resampled, double confidence, std::size_t units = 0);

/// The bias-corrected and accelerated interval (Efron 1987) around `value`, the statistic of the sample itself;
/// `jackknife` holds it with one row left out at a time. Where all of these are equal there is no acceleration.
[[nodiscard]] Interval bca_interval(std::span<const double> resampled, double value, std::span<const double> jackknife,
                                    double confidence);

/// Two-sided paired bootstrap test of "no difference": p = (c+1)/(B+1), where c of the B resampled differences lie at
/// least as far from the observed `difference` as 0 does (Efron & Tibshirani 1993, ch. 16: the resampled differences
/// shifted to the null hypothesis; sacreBLEU's test), their distances widened for `units` as a 95 % interval is. NaN
/// for no values or a NaN difference.
[[nodiscard]] double bootstrap_p_value(double difference, std::span<const double> resampled_differences,
                                       std::size_t units = 0);

}  // namespace assay::stats
