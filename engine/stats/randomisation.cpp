#include "stats/randomisation.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <stdexcept>

#include "stats/draws.h"
#include "stats/threads.h"

namespace assay::stats {
namespace {

/// What exchanging an example adds to the first system's sums and takes from the second's. The last column is the
/// count.
struct Exchange {
  std::size_t width;
  std::vector<double> rows;
};

Exchange exchange_of(const AdditiveSample& first, const AdditiveSample& second) {
  Exchange exchange{first.width + 1, {}};
  exchange.rows.reserve(first.size() * exchange.width);
  for (std::size_t i = 0; i < first.size(); ++i) {
    for (std::size_t j = 0; j < first.width; ++j)
      exchange.rows.push_back(second.rows[i * first.width + j] - first.rows[i * first.width + j]);
    exchange.rows.push_back((second.counts.empty() ? 1 : second.counts[i]) -
                            (first.counts.empty() ? 1 : first.counts[i]));
  }
  return exchange;
}

/// The sum over examples that a coin chose. Multiplying by the coin is quicker than branching on it.
void move(const Exchange& exchange, Draws draws, std::span<double> moved) {
  std::fill(moved.begin(), moved.end(), 0.0);
  const std::size_t examples = exchange.rows.size() / exchange.width;
  std::uint64_t coins = 0;
  for (std::size_t i = 0; i < examples; ++i, coins >>= 1) {
    if (i % 64 == 0) coins = draws.next();
    const auto coin = static_cast<double>(coins & 1);
    const double* const row = exchange.rows.data() + i * exchange.width;
    for (std::size_t j = 0; j < exchange.width; ++j) moved[j] += coin * row[j];
  }
}

/// Values of both systems after `moved` has been exchanged.
class Differences {
 public:
  Differences(const AdditiveSample& first, const AdditiveSample& second, std::size_t outputs, const FromSums& from_sums)
      : first_(sum(first)), second_(sum(second)), outputs_(outputs), from_sums_(from_sums) {}

  /// first - second, an output each, and in `scale` what rounding is relative to.
  void operator()(std::span<const double> moved, std::span<double> differences, std::span<double> scale) const {
    const std::size_t width = first_.columns.size();
    std::vector<double> a = first_.columns, b = second_.columns, of_a(outputs_), of_b(outputs_);
    for (std::size_t j = 0; j < width; ++j) a[j] += moved[j], b[j] -= moved[j];
    from_sums_(a, first_.count + moved[width], of_a);
    from_sums_(b, second_.count - moved[width], of_b);
    for (std::size_t o = 0; o < outputs_; ++o) {
      differences[o] = of_a[o] - of_b[o];
      scale[o] = std::abs(of_a[o]) + std::abs(of_b[o]);
    }
  }

 private:
  Sums first_, second_;
  std::size_t outputs_;
  const FromSums& from_sums_;
};

}  // namespace

void toss(std::uint64_t seed, std::size_t shuffle, std::span<double> coins) {
  Draws draws(seed, Purpose::exchange, shuffle);
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < coins.size(); ++i, bits >>= 1) {
    if (i % 64 == 0) bits = draws.next();
    coins[i] = static_cast<double>(bits & 1);
  }
}

std::vector<double> randomisation_p_values(const AdditiveSample& first, const AdditiveSample& second,
                                           std::size_t outputs, const FromSums& from_sums,
                                           const Resampling& resampling) {
  if (first.size() != second.size() || first.width != second.width)
    throw std::invalid_argument("randomisation: both systems need the same examples and the same statistics");
  const Exchange exchange = exchange_of(first, second);
  const Differences differences(first, second, outputs, from_sums);
  std::vector<double> observed(outputs), scale(outputs);
  differences(std::vector<double>(exchange.width), observed, scale);

  const auto shuffles = static_cast<std::size_t>(resampling.resamples);
  std::vector<double> shuffled(shuffles * outputs);
  in_parallel(shuffles, resampling.threads, [&](std::size_t begin, std::size_t end) {
    std::vector<double> moved(exchange.width), ignored(outputs);
    for (std::size_t b = begin; b < end; ++b) {
      move(exchange, Draws(resampling.seed, Purpose::exchange, b), moved);
      differences(moved, std::span(shuffled).subspan(b * outputs, outputs), ignored);
    }
  });
  std::vector<double> p_values(outputs, std::nan(""));
  for (std::size_t o = 0; o < outputs; ++o) {
    if (std::isnan(observed[o])) continue;
    std::size_t as_large = 0;
    for (std::size_t b = 0; b < shuffles; ++b)  // an undefined difference counts as large, which cannot feign a finding
      as_large += !(std::abs(shuffled[b * outputs + o]) < std::abs(observed[o]) - 1e-12 * scale[o]);
    p_values[o] = static_cast<double>(as_large + 1) / static_cast<double>(shuffles + 1);
  }
  return p_values;
}

}  // namespace assay::stats
