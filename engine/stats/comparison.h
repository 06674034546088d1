#pragma once
#include <cstddef>
#include <span>
#include <string_view>

#include "stats/summary.h"

namespace assay::stats {

// Which interval and which test a report shows. `scores` are the examples' own, where the value is their mean and they
// are independent; empty where either does not hold (corpus metrics, clusters, means over seeds), so that only
// resampling says how sure the value is. `units` is how many independent examples or clusters were resampled.

/// Wilson's interval where all scores are 0 or 1, else the expanded percentile bootstrap's.
[[nodiscard]] Interval value_interval(std::span<const double> scores, std::span<const double> resampled,
                                      std::size_t units, double confidence);

struct PairedTest {
  double p_value = 1;
  std::string_view name;  ///< "mcnemar_mid_p" or "paired_bootstrap"
};

/// McNemar's mid-p test where both systems' scores are all 0 or 1, else the paired bootstrap test. Where no resample
/// lies as far as 0, so that its p-value is 1/(B+1) whatever the difference, Student's t on the resampled spread says
/// how far below: without that, no comparison of a family of 0.05·(B+1) or more could be significant.
[[nodiscard]] PairedTest paired_test(std::span<const double> first, std::span<const double> second, double difference,
                                     std::span<const double> resampled_differences, std::size_t units);

/// The minimum detectable effect of that test at level `alpha` with a power of 80 %, from the spread of the data at
/// hand; NaN where they have none.
[[nodiscard]] double detectable_effect(std::span<const double> first, std::span<const double> second,
                                       std::span<const double> resampled_differences, std::size_t units, double alpha);

}  // namespace assay::stats
