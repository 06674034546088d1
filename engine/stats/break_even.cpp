#include "stats/break_even.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "stats/bootstrap.h"
#include "stats/summary.h"

namespace assay::stats {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

/// A request's share of what is paid an hour; none where nothing is, infinite where no rate is known.
double hourly(double per_hour, double requests_per_hour) {
  if (per_hour == 0) return 0;
  return per_hour * (requests_per_hour > 0 ? 1 / requests_per_hour : kInfinite);
}

/// Requests from which on `once` is repaid by `saving` a request.
double repaid_after(double once, double saving) {
  if (once <= 0) return 0;
  return saving > 0 ? once / saving : kInfinite;
}

}  // namespace

double Spending::total(double requests, double requests_per_hour) const {
  return once + requests * (per_request + hourly(per_hour, requests_per_hour));
}

BreakEven break_even(const Spending& a, const Spending& b, double requests_per_hour) {
  using When = BreakEven::When;
  const double more_once = a.once - b.once, more_hourly = a.per_hour - b.per_hour;
  const double saving_without = b.per_request - a.per_request;
  // What both pay by the hour says nothing, whatever the rate.
  const double saving = saving_without - hourly(more_hourly, requests_per_hour);
  if (more_once <= 0 && saving >= 0) return {When::at_once, 0, 0};
  if (more_once <= 0 && std::isfinite(saving)) return {When::until, more_once / saving, 0};
  if (more_once > 0 && saving > 0 && std::isfinite(saving)) return {When::from, more_once / saving, 0};
  // Less is paid by the hour as well, at whatever rate: repaid no later than without the hours.
  if (more_hourly < 0 && saving_without > 0) return {When::from, more_once / saving_without, 0};
  if (more_hourly > 0 && saving_without > 0) return {When::above_rate, 0, more_hourly / saving_without};
  return {};
}

BreakEvenInterval break_even_interval(const Spending& a, std::span<const double> requests_a, const Spending& b,
                                      std::span<const double> requests_b, double requests_per_hour, double confidence,
                                      int resamples, std::uint64_t seed) {
  if (requests_a.size() != requests_b.size() || requests_a.empty())
    throw std::invalid_argument("break-even: both ways need costs of the same examples");
  // The interval is about the saving that the break-even itself is taken from, and what an example saves is counted from the
  // first one's: where all save the same, no resample differs from that break-even by rounding.
  const double saving = b.per_request - a.per_request;
  std::vector<double> off_mean(requests_a.size());
  for (std::size_t i = 0; i < off_mean.size(); ++i)
    off_mean[i] = (requests_b[i] - requests_a[i]) - (requests_b[0] - requests_a[0]);
  const double off_first = mean(off_mean);
  for (double& off : off_mean) off -= off_first;
  const double hours = hourly(a.per_hour - b.per_hour, requests_per_hour);
  const FromSums volume = [&](std::span<const double> sums, double count, std::span<double> out) {
    out[0] = repaid_after(a.once - b.once, saving + sums[0] / count - hours);
  };
  std::vector<double> volumes = bootstrap({off_mean, 1}, 1, volume, {.resamples = resamples, .seed = seed});
  const auto never =
      static_cast<double>(std::count_if(volumes.begin(), volumes.end(), [](double v) { return std::isinf(v); }));
  std::sort(volumes.begin(), volumes.end());
  // Order statistics, not interpolated: there is nothing between a number and infinity.
  const auto at = [&](double share) {
    const double place = std::ceil(share * static_cast<double>(volumes.size())) - 1;
    return volumes[static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(volumes.size() - 1)))];
  };
  return {at((1 - confidence) / 2), at((1 + confidence) / 2), never / static_cast<double>(resamples)};
}

}  // namespace assay::stats
