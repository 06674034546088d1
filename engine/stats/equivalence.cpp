#include "stats/equivalence.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "stats/distributions.h"
#include "stats/resampled.h"

namespace assay::stats {
namespace {

void check(double margin) {
  if (!(margin > 0)) throw std::invalid_argument("equivalence needs a margin above 0");
}

}  // namespace

double equivalence_p_value(const Estimate& difference, double margin) {
  check(margin);
  if (!difference.has_spread()) return std::nan("");
  const double below = t_cdf((difference.value - margin) / difference.standard_error, difference.degrees);
  const double above = t_cdf(-(difference.value + margin) / difference.standard_error, difference.degrees);
  return std::max(below, above);
}

bool equivalent(std::span<const double> resampled_differences, double margin, double alpha) {
  check(margin);
  const Interval interval = percentile_interval(resampled_differences, 1 - 2 * alpha);
  return interval.low > -margin && interval.high < margin;
}

}  // namespace assay::stats
