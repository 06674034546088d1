#pragma once
#include <span>

#include "stats/estimate.h"

namespace assay::stats {

/// Two one-sided tests of "the difference lies within ±margin" (Schuirmann 1987): the larger of both p-values, so that
/// at most alpha says equivalent. `margin` is in the difference's unit. NaN without spread, which shows nothing.
/// @throws std::invalid_argument  for a margin that is not above 0.
[[nodiscard]] double equivalence_p_value(const Estimate& difference, double margin);

/// The same by resampled differences: whether their interval of confidence 1 - 2·alpha lies within ±margin.
/// @throws std::invalid_argument  for a margin that is not above 0.
[[nodiscard]] bool equivalent(std::span<const double> resampled_differences, double margin, double alpha = 0.05);

}  // namespace assay::stats
