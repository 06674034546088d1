#include "stats/bootstrap.h"

#include <algorithm>
#include <cmath>

namespace assay::stats {
namespace {

/// SplitMix64's finaliser (Steele, Lea, Flood 2014): draw k of resample b is a hash of (seed, b, k), whoever asks.
constexpr std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}
constexpr std::uint64_t kGamma = 0x9e3779b97f4a7c15ULL;

__extension__ using Wide = unsigned __int128;

}  // namespace

void Resampler::weights(int resample, std::span<double> out) const {
  std::fill(out.begin(), out.end(), 0.0);
  std::uint64_t state =
      mix(mix(seed_ + kGamma) ^ (0xb00757a9ULL + kGamma * (static_cast<std::uint64_t>(resample) + 1)));
  for (std::size_t k = 0; k < examples_; ++k) {
    state += kGamma;
    // Lemire's multiply-shift; its bias is below 2^-32 for any test set that fits in memory.
    out[static_cast<std::size_t>((static_cast<Wide>(mix(state)) * examples_) >> 64)] += 1.0;
  }
}

std::vector<double> bootstrap(std::size_t examples, std::size_t outputs, int resamples, std::uint64_t seed,
                              const Statistic& statistic) {
  const Resampler resampler(examples, seed);
  std::vector<double> weights(examples);
  std::vector<double> values(static_cast<std::size_t>(resamples) * outputs);
  for (int b = 0; b < resamples; ++b) {
    resampler.weights(b, weights);
    statistic(weights, std::span(values).subspan(static_cast<std::size_t>(b) * outputs, outputs));
  }
  return values;
}

Interval percentile_interval(std::span<const double> values, double confidence) {
  std::vector<double> kept;
  kept.reserve(values.size());
  for (const double v : values)
    if (!std::isnan(v)) kept.push_back(v);
  std::sort(kept.begin(), kept.end());
  const double tail = (1 - confidence) / 2;
  return {quantile(kept, tail), quantile(kept, 1 - tail)};
}

double bootstrap_p_value(std::span<const double> differences) {
  std::size_t not_above = 0, not_below = 0, n = 0;
  for (const double d : differences) {
    if (std::isnan(d)) continue;
    ++n;
    not_above += d <= 0;
    not_below += d >= 0;
  }
  if (n == 0) return std::nan("");
  const double count = static_cast<double>(n);
  const double p = 2 * static_cast<double>(std::min(not_above, not_below)) / count;
  return std::clamp(p, 1 / (count + 1), 1.0);
}

}  // namespace assay::stats
