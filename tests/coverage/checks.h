#pragma once
#include <cstddef>

#include "coverage/findings.h"
#include "coverage/population.h"

namespace assay::coverage {

inline constexpr double kAlpha = 0.05;  ///< p-values up to it are findings

/// Whether intervals of a system's value and of the difference between two cover the population's, and, where the
/// systems are exchangeable, how often tests find a difference.
[[nodiscard]] Findings intervals_and_tests(const Population&, std::size_t examples, const Settings&);

/// Whether a true difference as large as the minimum detectable effect is found with a power of 80 %: of means and of
/// proportions, paired and not.
[[nodiscard]] Findings detectable_effects(const Population&, std::size_t examples, const Settings&);

/// How often any of the comparisons between 12 equal cells is found by Holm's correction.
[[nodiscard]] Findings family_wise_errors(std::size_t examples, const Settings&);

/// Whether intervals of a mean over few seeds cover what all seeds and examples would give.
[[nodiscard]] Findings seed_intervals(std::size_t examples, const Settings&);

}  // namespace assay::coverage
