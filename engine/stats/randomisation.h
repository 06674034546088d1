#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "stats/additive.h"
#include "stats/bootstrap.h"

namespace assay::stats {

/// Two-sided approximate randomisation (Noreen 1989; Riezler & Maxwell 2005) of two systems over the same examples:
/// each shuffle exchanges the systems' rows of every example with chance ½. p = (c+1)/(B+1), where in c of B shuffles
/// the values differ by at least as much as observed. One p-value an output; NaN where the observed difference is NaN.
/// Of 0/1 scores it is the sign test, and as conservative.
/// @throws std::invalid_argument  where the two samples differ in size or width.
[[nodiscard]] std::vector<double> randomisation_p_values(const AdditiveSample& first, const AdditiveSample& second,
                                                         std::size_t outputs, const FromSums&, const Resampling&);

/// The coins of one shuffle for who exchanges rows by other means: 1 where a row (or cluster) is exchanged, else 0.
void toss(std::uint64_t seed, std::size_t shuffle, std::span<double> coins);

}  // namespace assay::stats
