#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace assay::sdk {

/// A counter-based generator: the n-th number is a hash of (key, n), so a stream is named by what it is for, never by
/// who drew before. The mix is SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
class Random {
 public:
  /// A stream for one purpose of one seed; `example` and `sample` name the draw's owner.
  explicit Random(std::uint64_t seed, std::string_view purpose, std::uint64_t example = 0,
                  std::uint64_t sample = 0) noexcept
      : key_(mix(mix(mix(seed + kGamma) ^ hash(purpose)) + mix(example + 0x632be59bd9b4e019ULL) * 3 +
                 mix(sample + 1) * 5)) {}

  /// Uniform over all 64-bit values.
  std::uint64_t next() noexcept { return mix(key_ + kGamma * ++counter_); }

  /// Uniform in [0, 1) with 53 bits.
  double uniform() noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  /// Uniform in [0, bound); bound > 0. Bias is below 2^-32 for bounds under 2^32 (Lemire 2019, without rejection).
  std::uint64_t below(std::uint64_t bound) noexcept {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<Wide>(next()) * bound) >> 64);
  }

  /// Fisher-Yates shuffle in place.
  template <class T>
  void shuffle(std::span<T> items) noexcept {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  static constexpr std::uint64_t kGamma = 0x9e3779b97f4a7c15ULL;

  static constexpr std::uint64_t mix(std::uint64_t z) noexcept {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  static constexpr std::uint64_t hash(std::string_view text) noexcept {  // FNV-1a
    std::uint64_t h = 0xcbf29ce484222325ULL;
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return h;
  }

  std::uint64_t key_;
  std::uint64_t counter_ = 0;
};

}  // namespace assay::sdk
