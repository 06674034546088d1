#pragma once
#include <span>
#include <string_view>

#include "stats/summary.h"

namespace assay::stats {

// Which interval and which test a report shows. `scores` are the examples' own, where the value is their mean and they are
// independent; empty where either does not hold (corpus metrics, clusters, means over seeds), so that only resampling says
// how sure the value is.

/// Wilson's interval where all scores are 0 or 1, else the percentile bootstrap's.
[[nodiscard]] Interval value_interval(std::span<const double> scores, std::span<const double> resampled, double confidence);

struct PairedTest {
  double p_value = 1;
  std::string_view name;  ///< "mcnemar_mid_p" or "paired_bootstrap"
};

/// McNemar's mid-p test where both systems' scores are all 0 or 1, else the paired bootstrap test.
[[nodiscard]] PairedTest paired_test(std::span<const double> first, std::span<const double> second, double difference,
                                     std::span<const double> resampled_differences);

}  // namespace assay::stats
