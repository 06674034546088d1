#include "stats/noninferiority.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>
#include <vector>

#include "stats/distributions.h"
#include "stats/estimate.h"
#include "stats/resampled.h"
#include "stats/signed_ranks.h"

namespace assay::stats {

double tango_p_value(const Discordance& pairs, std::size_t n, double margin) {
  const auto count = static_cast<double>(n);
  const auto gained = static_cast<double>(pairs.second_only), lost = static_cast<double>(pairs.first_only);
  const double a = 2 * count, b = -gained - lost - (2 * count - gained + lost) * margin,
               c = lost * margin * (margin + 1);
  const double lost_share = (std::sqrt(std::max(0.0, b * b - 4 * a * c)) - b) / (2 * a);
  const double variance = count * (2 * lost_share - margin * (margin + 1));
  const double distance = gained - lost + count * margin;
  if (!(variance > 0)) return distance == 0 ? 1 : std::nan("");
  return std::min(1.0, 2 * normal_cdf(-std::abs(distance) / std::sqrt(variance)));
}

Change paired_change(std::span<const double> before, std::span<const double> after, double margin, double confidence) {
  if (before.size() != after.size())
    throw std::invalid_argument("paired_change: pairs need as many first scores as second ones");
  if (!(margin >= 0)) throw std::invalid_argument("paired_change: a margin is not below 0");
  std::vector<double> differences(before.size());
  std::transform(after.begin(), after.end(), before.begin(), differences.begin(), std::minus<>());
  const Estimate estimate = estimate_mean(differences);
  Change change{estimate.value, estimate.interval(confidence), std::numeric_limits<double>::quiet_NaN(), "none"};
  if (differences.size() < 2) {
    change.interval = {std::nan(""), std::nan("")};
    return change;
  }
  if (all_zero_or_one(before) && all_zero_or_one(after)) {
    const Discordance pairs = discordance(before, after);
    change.test = margin == 0 ? "mcnemar_mid_p" : "tango";
    change.p_value = margin == 0 ? mcnemar_mid_p(pairs) : tango_p_value(pairs, before.size(), margin);
    return change;
  }
  for (double& d : differences) d += margin;
  const Estimate shifted = estimate_mean(differences);
  change.test = shifted.has_spread() ? "paired_t" : "sign";
  change.p_value = shifted.has_spread() ? shifted.p_value() : sign_test(differences);
  return change;
}

Change resampled_change(double value, std::span<const double> before, std::span<const double> after, double margin,
                        std::size_t units, double confidence) {
  if (before.size() != after.size())
    throw std::invalid_argument("resampled_change: both samples need the same resamples");
  std::vector<double> differences(before.size());
  std::transform(after.begin(), after.end(), before.begin(), differences.begin(), std::minus<>());
  Change change{value, percentile_interval(differences, confidence, units), 1, "paired_bootstrap"};
  for (double& d : differences) d += margin;
  change.p_value = bootstrap_p_value(value + margin, differences, units);
  return change;
}

}  // namespace assay::stats
