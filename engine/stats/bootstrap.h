#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "stats/additive.h"
#include "stats/clusters.h"
#include "stats/kinds.h"

namespace assay::stats {

/// How to resample. Results depend on `resamples` and `seed`, never on `threads`.
struct Resampling {
  int resamples = 2000;
  std::uint64_t seed = 0;
  int threads = 1;
};

/// Draws bootstrap resamples of `examples` rows: resample b is a multinomial draw of n out of n, a function of (seed,
/// b) alone. Weights made once per resample serve every cell over the same examples, which is what makes comparisons
/// paired. Given clusters, it draws as many clusters, and an example's weight is its cluster's. Immutable; threads may
/// share one.
class Resampler {
 public:
  Resampler(std::size_t examples, std::uint64_t seed) : examples_(examples), seed_(seed) {}
  Resampler(Clusters clusters, std::uint64_t seed)
      : examples_(clusters.of.size()), clusters_(std::move(clusters)), seed_(seed) {}
  [[nodiscard]] std::size_t examples() const { return examples_; }

  /// Fills `out` (of `examples()` whole numbers): how often each example was drawn. Without clusters they sum to
  /// `examples()`.
  void weights(int resample, std::span<double> out) const;

  /// The same draws by kind: fills `out` (of `kinds.size()` whole numbers) with how many examples of each were drawn.
  void counts(int resample, const Kinds& kinds, std::span<double> out) const;

 private:
  std::size_t examples_;
  std::optional<Clusters> clusters_;
  std::uint64_t seed_;
};

/// The bootstrap of a statistic of column sums (Efron & Tibshirani 1993, ch. 13), an addition of a row a draw. Rows are
/// drawn as `Resampler` draws them, so that two cells over the same examples are resampled in pairs under one seed.
/// Returns resamples × outputs values, row-major.
[[nodiscard]] std::vector<double> bootstrap(const AdditiveSample&, std::size_t outputs, const FromSums&,
                                            const Resampling&);

/// The statistic with each row left out in turn: rows × outputs values, row-major. What BCa takes its acceleration
/// from.
[[nodiscard]] std::vector<double> jackknife(const AdditiveSample&, std::size_t outputs, const FromSums&);

}  // namespace assay::stats
