#pragma once

namespace assay::stats {

// Quantiles and probabilities of the distributions that intervals and tests stand on, by Boost.Math; its headers are
// slow to compile and stay in one source file. Arguments outside a function's domain give NaN.

[[nodiscard]] double normal_cdf(double x);
/// For 0 < p < 1.
[[nodiscard]] double normal_quantile(double p);

/// Student's t; `degrees` > 0 need not be whole and may be infinite.
[[nodiscard]] double t_cdf(double t, double degrees);
[[nodiscard]] double t_quantile(double p, double degrees);
[[nodiscard]] double noncentral_t_cdf(double t, double degrees, double noncentrality);

/// P(X ≤ k) and P(X = k) for X the heads of n fair coins; 0 for k < 0.
[[nodiscard]] double fair_coins_cdf(double k, double n);
[[nodiscard]] double fair_coins_pmf(double k, double n);

}  // namespace assay::stats
