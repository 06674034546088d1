#include "stats/best.h"

#include <algorithm>
#include <cmath>

#include "stats/multiple_comparisons.h"

namespace assay::stats {
namespace {

bool better(double a, double b, Better direction) { return direction == Better::higher ? a > b : a < b; }

/// Comparisons with NaN are false, so such points neither dominate nor are dominated here.
bool dominates(std::span<const double> a, std::span<const double> b, std::span<const Better> criteria) {
  bool better_somewhere = false;
  for (std::size_t c = 0; c < criteria.size(); ++c) {
    if (!(better(a[c], b[c], criteria[c]) || a[c] == b[c])) return false;
    better_somewhere |= a[c] != b[c];
  }
  return better_somewhere;
}

}  // namespace

std::size_t best(std::span<const double> values, Better direction) {
  std::size_t found = values.size();
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isnan(values[i]) && (found == values.size() || better(values[i], values[found], direction))) found = i;
  return found;
}

std::vector<std::size_t> tied_best(std::span<const double> values, Better direction,
                                   const std::function<double(std::size_t, std::size_t)>& p_value, double alpha) {
  const std::size_t top = best(values, direction);
  std::vector<double> p_values(values.size(), std::nan(""));
  for (std::size_t i = 0; i < values.size(); ++i)
    if (i != top && !std::isnan(values[i])) p_values[i] = p_value(top, i);
  const std::vector<double> adjusted = holm(p_values);
  std::vector<std::size_t> tied;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isnan(values[i]) && (i == top || !(adjusted[i] <= alpha))) tied.push_back(i);
  return tied;
}

std::vector<bool> pareto_front(std::span<const double> points, std::span<const Better> criteria) {
  const std::size_t width = criteria.size(), count = width == 0 ? 0 : points.size() / width;
  std::vector<bool> on_front(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto point = points.subspan(i * width, width);
    on_front[i] = std::none_of(point.begin(), point.end(), [](double x) { return std::isnan(x); });
    for (std::size_t other = 0; other < count && on_front[i]; ++other)
      on_front[i] = !dominates(points.subspan(other * width, width), point, criteria);
  }
  return on_front;
}

std::vector<double> front_shares(std::span<const double> resampled, std::size_t points,
                                 std::span<const Better> criteria) {
  const std::size_t size = points * criteria.size(), resamples = size == 0 ? 0 : resampled.size() / size;
  std::vector<double> shares(points);
  for (std::size_t b = 0; b < resamples; ++b) {
    const std::vector<bool> on_front = pareto_front(resampled.subspan(b * size, size), criteria);
    for (std::size_t i = 0; i < points; ++i) shares[i] += on_front[i] ? 1 / static_cast<double>(resamples) : 0;
  }
  return shares;
}

}  // namespace assay::stats
