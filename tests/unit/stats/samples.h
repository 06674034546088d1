#pragma once
#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

namespace assay::stats {

/// Normal values rounded to multiples of `step` (0: not rounded), so that ties and zeros can be had.
inline std::vector<double> normal_values(std::size_t count, double centre, double step, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<double> normal(centre, 1);
  std::vector<double> values(count);
  for (double& v : values) {
    v = normal(generator);
    if (step > 0) v = step * std::round(v / step);
  }
  return values;
}

inline std::vector<double> coins(std::size_t count, double share, unsigned seed) {
  std::mt19937 generator(seed);
  std::bernoulli_distribution coin(share);
  std::vector<double> values(count);
  for (double& v : values) v = coin(generator) ? 1 : 0;
  return values;
}

}  // namespace assay::stats
