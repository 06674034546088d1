#pragma once
#include <span>

namespace assay::stats {

/// Two-sided sign test of paired differences (Dixon & Mood 1946): zeros say nothing and are left out; 1 where none is
/// left.
[[nodiscard]] double sign_test(std::span<const double> differences);

/// Two-sided Wilcoxon signed-rank test (Wilcoxon 1945), zeros left out. Exact for at most 50 differences without zeros
/// or equal sizes, else normal with corrections for ties and continuity: scipy.stats.wilcoxon(correction=True). 1 where
/// no difference is left.
[[nodiscard]] double wilcoxon_signed_rank(std::span<const double> differences);

}  // namespace assay::stats
