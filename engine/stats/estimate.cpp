#include "stats/estimate.h"

#include <cmath>
#include <stdexcept>
#include <vector>

#include "stats/distributions.h"

namespace assay::stats {

bool Estimate::has_spread() const { return standard_error > 1e-12 * std::abs(value); }

Interval Estimate::interval(double confidence) const {
  if (standard_error == 0) return {value, value};
  if (std::isnan(standard_error)) return {standard_error, standard_error};
  const double half = t_quantile(1 - (1 - confidence) / 2, degrees) * standard_error;
  return {value - half, value + half};
}

double Estimate::p_value() const {
  if (!has_spread()) return value == 0 && standard_error == 0 ? 1 : std::nan("");
  return 2 * t_cdf(-std::abs(value / standard_error), degrees);
}

Estimate estimate_mean(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  return {mean(values), standard_deviation(values) / std::sqrt(n), n - 1};
}

Estimate estimate_mean(std::span<const double> values, const Clusters& clusters) {
  if (values.size() != clusters.of.size())
    throw std::invalid_argument("estimate_mean: every value needs a cluster, and every cluster's example a value");
  const double centre = mean(values), n = static_cast<double>(values.size()),
               groups = static_cast<double>(clusters.count);
  if (clusters.count < 2) return {centre, std::nan(""), groups - 1};
  std::vector<double> sums(clusters.count);
  for (std::size_t i = 0; i < values.size(); ++i) sums[clusters.of[i]] += values[i] - centre;
  double squares = 0;
  for (const double sum : sums) squares += sum * sum;
  return {centre, std::sqrt(groups / (groups - 1) * squares) / n, groups - 1};
}

Estimate estimate_difference(std::span<const double> first, std::span<const double> second) {
  const Estimate a = estimate_mean(first), b = estimate_mean(second);
  const double va = a.standard_error * a.standard_error, vb = b.standard_error * b.standard_error;
  const double degrees = (va + vb) * (va + vb) / (va * va / a.degrees + vb * vb / b.degrees);
  return {a.value - b.value, std::sqrt(va + vb), degrees};
}

}  // namespace assay::stats
