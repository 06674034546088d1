#include "stats/proportions.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "stats/distributions.h"

namespace assay::stats {

bool all_zero_or_one(std::span<const double> scores) {
  return !scores.empty() && std::all_of(scores.begin(), scores.end(), [](double s) { return s == 0 || s == 1; });
}

Interval wilson(double successes, double trials, double confidence) {
  if (!(successes >= 0 && successes <= trials))
    throw std::invalid_argument("wilson: successes must lie between 0 and the number of trials");
  if (trials == 0) return {0, 1};
  const double z = normal_quantile(1 - (1 - confidence) / 2);
  const double p = successes / trials, z2 = z * z / trials;
  const double centre = (p + z2 / 2) / (1 + z2);
  const double half = z / (1 + z2) * std::sqrt(p * (1 - p) / trials + z2 / (4 * trials));
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

Discordance discordance(std::span<const double> first, std::span<const double> second) {
  if (first.size() != second.size())
    throw std::invalid_argument("discordance: pairs need as many first outcomes as second ones");
  Discordance pairs;
  for (std::size_t i = 0; i < first.size(); ++i) {
    pairs.first_only += first[i] > second[i];
    pairs.second_only += first[i] < second[i];
  }
  return pairs;
}

double mcnemar_exact(const Discordance& pairs) {
  const auto few = static_cast<double>(std::min(pairs.first_only, pairs.second_only));
  const auto all = static_cast<double>(pairs.first_only + pairs.second_only);
  return std::min(1.0, 2 * fair_coins_cdf(few, all));
}

double mcnemar_mid_p(const Discordance& pairs) {
  if (pairs.first_only == pairs.second_only) return 1;
  const auto few = static_cast<double>(std::min(pairs.first_only, pairs.second_only));
  const auto all = static_cast<double>(pairs.first_only + pairs.second_only);
  return 2 * fair_coins_cdf(few, all) - fair_coins_pmf(few, all);
}

}  // namespace assay::stats
