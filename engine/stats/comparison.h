#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "stats/bootstrap.h"
#include "stats/clusters.h"
#include "stats/summary.h"

namespace assay::stats {

// Which interval and which test a report shows. `scores` are the examples' own, where the value is their mean and they
// are independent; empty where either does not hold (corpus metrics, clusters, means over seeds), so that only
// resampling says how sure the value is. `units` is how many independent examples or clusters were resampled.

/// Wilson's interval where all scores are 0 or 1, else the expanded percentile bootstrap's.
[[nodiscard]] Interval value_interval(std::span<const double> scores, std::span<const double> resampled,
                                      std::size_t units, double confidence);

enum class TestKind {
  automatic,
  mcnemar_mid_p,
  mcnemar_exact,
  paired_bootstrap,
  randomisation,
  paired_t,
  wilcoxon,
  sign
};

struct PairedTest {
  double p_value = 1;
  std::string_view name;  ///< "mcnemar_mid_p", "paired_bootstrap", "paired_t" …
};

/// McNemar's mid-p test where both systems' scores are all 0 or 1, else the paired bootstrap test. Where no resample
/// lies as far as 0, so that its p-value is 1/(B+1) whatever the difference, Student's t on the resampled spread says
/// how far below: without that, no comparison of a family of 0.05·(B+1) or more could be significant.
[[nodiscard]] PairedTest paired_test(std::span<const double> first, std::span<const double> second, double difference,
                                     std::span<const double> resampled_differences, std::size_t units);

/// A test that was chosen before the scores were seen, of scores of the same examples: these may be means over seeds,
/// and come in clusters. None where it cannot judge them, which leaves the choice to `paired_test`: there are none, or
/// some that are undefined; McNemar's, of others than 0 and 1; Wilcoxon's, McNemar's and the sign test, of clusters,
/// whose members they take as independent.
[[nodiscard]] std::optional<PairedTest> chosen_test(TestKind, std::span<const double> first,
                                                    std::span<const double> second, const Clusters*, const Resampling&);

/// What this comparison can tell, from the spread of the data at hand; NaN where they have none.
struct Reach {
  double detectable = 0;  ///< the minimum detectable effect at level alpha with a power of 80 %
  double needed = 0;      ///< independent examples or clusters that would find the observed difference as often
};
[[nodiscard]] Reach reach(std::span<const double> first, std::span<const double> second, double difference,
                          std::span<const double> resampled_differences, std::size_t units, double alpha);

}  // namespace assay::stats
