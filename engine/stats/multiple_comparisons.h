#pragma once
#include <span>
#include <vector>

namespace assay::stats {

// Adjusted p-values of a family of tests, in the order given: a test is significant at a level where its adjusted
// p-value is at most that. NaNs (tests that could not be made) stay NaN and do not count in the family.

/// Controls the chance of any false finding, whatever the dependence (Holm 1979).
[[nodiscard]] std::vector<double> holm(std::span<const double> p_values);

/// Controls the expected share of false findings, for independent or positively dependent tests (Benjamini & Hochberg
/// 1995).
[[nodiscard]] std::vector<double> benjamini_hochberg(std::span<const double> p_values);

}  // namespace assay::stats
