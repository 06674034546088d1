#pragma once
#include <cstddef>
#include <cstdint>

namespace assay::stats {

/// What random numbers are for; the same seed serves several purposes with unrelated draws.
enum class Purpose : std::uint64_t { resample = 0xb00757a9, exchange = 0x5a4b1e };

/// Counter-based random numbers: draw k of resample b is a hash of (seed, purpose, b, k) by SplitMix64's finaliser
/// (Steele, Lea & Flood 2014), whichever thread asks.
class Draws {
 public:
  Draws(std::uint64_t seed, Purpose purpose, std::size_t resample)
      : state_(mix(mix(seed + kGamma) ^ (static_cast<std::uint64_t>(purpose) + kGamma * (resample + 1)))) {}

  std::uint64_t next() { return mix(state_ += kGamma); }

  /// Uniform below `count`, by Lemire's multiply-shift; its bias is below 2^-32 for any test set that fits in memory.
  std::size_t below(std::size_t count) { return static_cast<std::size_t>((static_cast<Wide>(next()) * count) >> 64); }

 private:
  __extension__ using Wide = unsigned __int128;
  static constexpr std::uint64_t kGamma = 0x9e3779b97f4a7c15ULL;

  static constexpr std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

}  // namespace assay::stats
