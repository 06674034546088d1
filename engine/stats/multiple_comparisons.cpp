#include "stats/multiple_comparisons.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace assay::stats {
namespace {

/// Places of the p-values that are numbers, smallest first.
std::vector<std::size_t> ascending(std::span<const double> p_values) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < p_values.size(); ++i)
    if (!std::isnan(p_values[i])) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  return order;
}

}  // namespace

std::vector<double> holm(std::span<const double> p_values) {
  std::vector<double> adjusted(p_values.size(), std::nan(""));
  const std::vector<std::size_t> order = ascending(p_values);
  double so_far = 0;
  for (std::size_t k = 0; k < order.size(); ++k) {
    so_far = std::max(so_far, std::min(1.0, static_cast<double>(order.size() - k) * p_values[order[k]]));
    adjusted[order[k]] = so_far;
  }
  return adjusted;
}

std::vector<double> benjamini_hochberg(std::span<const double> p_values) {
  std::vector<double> adjusted(p_values.size(), std::nan(""));
  const std::vector<std::size_t> order = ascending(p_values);
  double so_far = 1;
  for (std::size_t k = order.size(); k-- > 0;) {
    so_far = std::min(so_far, static_cast<double>(order.size()) / static_cast<double>(k + 1) * p_values[order[k]]);
    adjusted[order[k]] = so_far;
  }
  return adjusted;
}

}  // namespace assay::stats
