#include "stats/summary.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace assay::stats {

double mean(std::span<const double> values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

double standard_deviation(std::span<const double> values) {
  if (values.size() < 2) return std::nan("");
  const double m = mean(values);
  double squares = 0;
  for (const double v : values) squares += (v - m) * (v - m);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

double quantile(std::span<const double> sorted, double q) {
  if (sorted.empty()) return std::nan("");
  const double place = std::clamp(q, 0.0, 1.0) * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const double fraction = place - static_cast<double>(below);
  if (fraction == 0) return sorted[below];  // keeps an infinite neighbour from making 0 · ∞
  return sorted[below] + fraction * (sorted[below + 1] - sorted[below]);
}

double normal_quantile(double p) {
  // A tail's logarithmic start, then Halley's iteration on Φ(x) = erfc(-x/√2)/2; by symmetry only the lower half, where
  // erfc loses no digits.
  if (p > 0.5) return -normal_quantile(1 - p);
  if (p == 0.5) return 0;
  const double t = std::sqrt(-2 * std::log(p));
  double x = -(t - (2.30753 + 0.27061 * t) / (1 + t * (0.99229 + 0.04481 * t)));  // Abramowitz & Stegun 26.2.22
  for (int i = 0; i < 4; ++i) {
    const double error = 0.5 * std::erfc(-x / std::numbers::sqrt2) - p;
    const double density = std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
    const double step = error / density;
    x -= step / (1 + x * step / 2);
  }
  return x;
}

Interval wilson(double successes, double trials, double confidence) {
  if (trials <= 0) return {0, 1};
  const double z = normal_quantile(1 - (1 - confidence) / 2);
  const double p = successes / trials, z2 = z * z / trials;
  const double centre = (p + z2 / 2) / (1 + z2);
  const double half = z / (1 + z2) * std::sqrt(p * (1 - p) / trials + z2 / (4 * trials));
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

}  // namespace assay::stats
