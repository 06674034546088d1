#include "stats/signed_ranks.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "stats/distributions.h"
#include "stats/proportions.h"

namespace assay::stats {
namespace {

constexpr std::size_t kExactUpTo = 50;

struct Ranks {
  double positive = 0;  ///< the sum of ranks of positive differences
  double ties = 0;      ///< Σ (t³ - t) over groups of equal sizes
};

/// Equal sizes share the mean of their ranks.
Ranks rank(std::vector<double> differences) {
  std::sort(differences.begin(), differences.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
  Ranks ranks;
  for (std::size_t first = 0, next = 0; first < differences.size(); first = next) {
    std::size_t positive = 0;
    for (; next < differences.size() && std::abs(differences[next]) == std::abs(differences[first]); ++next)
      positive += differences[next] > 0;
    const auto equal = static_cast<double>(next - first);
    ranks.positive += static_cast<double>(positive) * static_cast<double>(first + next + 1) / 2;
    ranks.ties += equal * equal * equal - equal;
  }
  return ranks;
}

/// P(W ≤ w) for the rank sum W of n differences of random sign. Counts stay below 2^50, so they are exact.
double rank_sum_cdf(double w, std::size_t n) {
  const std::size_t most = n * (n + 1) / 2;
  std::vector<double> ways(most + 1);
  ways[0] = 1;
  for (std::size_t r = 1; r <= n; ++r)
    for (std::size_t sum = most; sum >= r; --sum) ways[sum] += ways[sum - r];
  double below = 0;
  for (std::size_t sum = 0; sum <= most && static_cast<double>(sum) <= w; ++sum) below += ways[sum];
  return std::ldexp(below, -static_cast<int>(n));
}

}  // namespace

double sign_test(std::span<const double> differences) {
  Discordance signs;
  for (const double d : differences) {
    signs.first_only += d > 0;
    signs.second_only += d < 0;
  }
  return mcnemar_exact(signs);
}

double wilcoxon_signed_rank(std::span<const double> differences) {
  std::vector<double> kept;
  for (const double d : differences)
    if (d != 0) kept.push_back(d);
  if (kept.empty()) return 1;
  const auto n = static_cast<double>(kept.size());
  const Ranks ranks = rank(kept);
  const double smaller = std::min(ranks.positive, n * (n + 1) / 2 - ranks.positive);
  if (differences.size() <= kExactUpTo && kept.size() == differences.size() && ranks.ties == 0)
    return std::min(1.0, 2 * rank_sum_cdf(smaller, kept.size()));
  const double expected = n * (n + 1) / 4;
  const double deviation = std::sqrt((n * (n + 1) * (2 * n + 1) - ranks.ties / 2) / 24);
  const double correction = smaller == expected ? 0 : 0.5;
  return std::min(1.0, 2 * normal_cdf((smaller - expected + correction) / deviation));
}

}  // namespace assay::stats
