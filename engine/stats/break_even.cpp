#include "stats/break_even.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "stats/bootstrap.h"

namespace assay::stats {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

double hosting(double per_hour, double requests_per_hour) {
  if (per_hour == 0) return 0;
  return requests_per_hour > 0 ? per_hour / requests_per_hour : kInfinite;
}

/// Requests from which on `once` is repaid by `saving` a request.
double repaid_after(double once, double saving) {
  if (once <= 0) return 0;
  return saving > 0 ? once / saving : kInfinite;
}

double weighted_mean(std::span<const double> values, std::span<const double> weights) {
  double sum = 0, all = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += weights[i] * values[i];
    all += weights[i];
  }
  return sum / all;
}

}  // namespace

double Spending::total(double requests, double requests_per_hour) const {
  return once + requests * (per_request + hosting(per_hour, requests_per_hour));
}

BreakEven break_even(const Spending& a, const Spending& b, double requests_per_hour) {
  using When = BreakEven::When;
  const double more_once = a.once - b.once, more_hourly = a.per_hour - b.per_hour;
  const double saving_without = b.per_request - a.per_request;
  // Shared hosting: the same on both sides says nothing, whatever the rate.
  const double saving = more_hourly == 0 ? saving_without : saving_without - more_hourly * hosting(1, requests_per_hour);
  if (more_once <= 0 && saving >= 0) return {When::at_once, 0, 0};
  if (more_once <= 0 && std::isfinite(saving)) return {When::until, more_once / saving, 0};
  if (more_once > 0 && saving > 0 && std::isfinite(saving)) return {When::from, more_once / saving, 0};
  // Less is paid by the hour as well, at whatever rate: repaid no later than without the hours.
  if (more_hourly < 0 && saving_without > 0) return {When::from, more_once / saving_without, 0};
  if (more_hourly > 0 && saving_without > 0) return {When::above_rate, 0, more_hourly / saving_without};
  return {};
}

BreakEvenInterval break_even_interval(const Spending& a, std::span<const double> requests_a, const Spending& b,
                                      std::span<const double> requests_b, double requests_per_hour, double confidence, int resamples,
                                      std::uint64_t seed) {
  if (requests_a.size() != requests_b.size() || requests_a.empty()) throw std::invalid_argument("break-even: both ways need costs of the same examples");
  const Resampler resampler(requests_a.size(), seed);
  std::vector<double> weights(requests_a.size()), volumes;
  const double more_hourly = a.per_hour - b.per_hour;
  std::size_t never = 0;
  for (int r = 0; r < resamples; ++r) {
    resampler.weights(r, weights);
    double saving = weighted_mean(requests_b, weights) - weighted_mean(requests_a, weights);
    if (more_hourly != 0) saving -= more_hourly * hosting(1, requests_per_hour);
    volumes.push_back(repaid_after(a.once - b.once, saving));
    if (std::isinf(volumes.back())) ++never;
  }
  std::sort(volumes.begin(), volumes.end());
  // Order statistics, not interpolated: there is nothing between a number and infinity.
  const auto at = [&](double share) {
    const double place = std::ceil(share * static_cast<double>(volumes.size())) - 1;
    return volumes[static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(volumes.size() - 1)))];
  };
  return {at((1 - confidence) / 2), at((1 + confidence) / 2), static_cast<double>(never) / static_cast<double>(resamples)};
}

}  // namespace assay::stats
