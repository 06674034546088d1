#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace assay::stats {

enum class Better { higher, lower };

/// The best value's place, the first of equals; NaNs are passed over. As many as there are values where all are NaN.
[[nodiscard]] std::size_t best(std::span<const double> values, Better);

/// Places of the best value and of those not shown to be worse: paired tests of each against the best, adjusted by
/// Holm, are above `alpha`. `p_value(best, other)` is called once for each other value that is a number. In ascending
/// order.
[[nodiscard]] std::vector<std::size_t> tied_best(
    std::span<const double> values, Better, const std::function<double(std::size_t best, std::size_t other)>& p_value,
    double alpha = 0.05);

/// Which points no other dominates, by being at least as good by every criterion and better by one. `points` holds a
/// row of criteria per point. A point with a NaN is not on the front and dominates none.
[[nodiscard]] std::vector<bool> pareto_front(std::span<const double> points, std::span<const Better> criteria);

/// The share of resamples in which each point is on the front. `resampled` holds, resample after resample, the points
/// as above; the points of one resample share its draws.
[[nodiscard]] std::vector<double> front_shares(std::span<const double> resampled, std::size_t points,
                                               std::span<const Better> criteria);

}  // namespace assay::stats
