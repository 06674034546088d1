#pragma once
#include <assay/sdk/random.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string_view>
#include <vector>

namespace assay::synth {

/// Draws of one document or task item: the engine's counter-based generator with the few distributions that text needs.
/// The same (seed, purpose, index) gives the same draws on every machine and compiler.
class Rng {
 public:
  Rng(std::uint64_t seed, std::string_view purpose, std::uint64_t index) : random_(seed, purpose, index) {}

  /// True with probability `p`.
  bool chance(double p) { return random_.uniform() < p; }
  /// Uniform in [0, bound), bound > 0.
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_.below(bound)); }
  /// Uniform in [low, high], both ends included.
  int between(int low, int high) { return low + static_cast<int>(below(static_cast<std::size_t>(high - low) + 1)); }
  double uniform() { return random_.uniform(); }

  /// One element of a container that is not empty.
  template <class Container>
  const auto& pick(const Container& items) {
    return *(std::begin(items) + static_cast<std::ptrdiff_t>(below(std::size(items))));
  }
  template <class T>
  T pick(std::initializer_list<T> items) {
    return *(items.begin() + below(items.size()));
  }

  template <class T>
  void shuffle(std::vector<T>& items) {
    random_.shuffle(std::span<T>(items));
  }

  /// `count` different elements in random order (all of them where there are fewer).
  template <class T>
  std::vector<T> sample(const std::vector<T>& items, std::size_t count) {
    std::vector<std::size_t> order(items.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    count = std::min(count, items.size());
    std::vector<T> out;
    out.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      std::swap(order[i], order[i + below(order.size() - i)]);
      out.push_back(items[order[i]]);
    }
    return out;
  }

 private:
  sdk::Random random_;
};

}  // namespace assay::synth
