#pragma once
#include <cstddef>
#include <span>

#include "stats/estimate.h"

namespace assay::stats {

/// A mean over seeds and examples, both taken as drawn from more of their kind, and how much each contributes.
struct SeedEstimate {
  Estimate mean;
  double seed_deviation = 0;  ///< between seeds' true values, in the value's unit; 0 where noise explains their spread
  double residual_deviation = 0;  ///< of one seed's value by what examples do differently under it
};

/// Two-way analysis of variance without replication, both factors random (Searle, Casella & McCulloch 1992, ch. 4):
/// with S seeds, n examples and mean squares of seeds, examples and residuals, Var(mean) = (MS_s + MS_e - MS_r) /
/// (S·n), variance components cut off at 0, and degrees of freedom by Satterthwaite (1946). One seed gives
/// `estimate_mean`.
///
/// `scores` holds a row of examples per seed.
/// @throws std::invalid_argument  where the scores do not make whole rows.
[[nodiscard]] SeedEstimate estimate_over_seeds(std::span<const double> scores, std::size_t seeds);

/// The same of a corpus value, whose variance over examples comes from resampling: `values` holds a value a seed,
/// `resampled` a row of resampled values per seed, the same resamples for every seed, of `examples` examples each.
/// @throws std::invalid_argument  where the resampled values do not make whole rows.
[[nodiscard]] SeedEstimate estimate_over_seeds(std::span<const double> values, std::span<const double> resampled,
                                               std::size_t examples);

}  // namespace assay::stats
