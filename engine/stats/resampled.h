#pragma once
#include <span>

#include "stats/summary.h"

namespace assay::stats {

// What resampled values say. NaNs among them are left out.

/// The percentile interval (Efron & Tibshirani 1993, ch. 13), order statistics interpolated as by `quantile`; NaN bounds
/// for no values.
[[nodiscard]] Interval percentile_interval(std::span<const double> resampled, double confidence);

/// The bias-corrected and accelerated interval (Efron 1987) around `value`, the statistic of the sample itself;
/// `jackknife` holds it with one row left out at a time. Where all of these are equal there is no acceleration.
[[nodiscard]] Interval bca_interval(std::span<const double> resampled, double value, std::span<const double> jackknife,
                                    double confidence);

/// Two-sided paired bootstrap test of "no difference": p = (c+1)/(B+1), where c of the B resampled differences lie at
/// least as far from the observed `difference` as 0 does (Efron & Tibshirani 1993, ch. 16: the resampled differences
/// shifted to the null hypothesis; sacreBLEU's test). NaN for no values or a NaN difference.
[[nodiscard]] double bootstrap_p_value(double difference, std::span<const double> resampled_differences);

}  // namespace assay::stats
