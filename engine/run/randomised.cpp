#include "run/randomised.h"

#include <algorithm>
#include <cmath>

#include "stats/randomisation.h"

namespace assay::run {
namespace {

/// Two systems' rows in one table, so that exchanging rows is a matter of weights.
class Exchanged {
 public:
  Exchanged(const Scored& a, const Scored& b)
      : metric_(*a.metric), width_(a.width), keep_(2 * a.table.examples()), give_(keep_) {
    table_.reserve(keep_.size() * width_);
    for (const Scored* one : {&a, &b}) {
      for (std::size_t i = 0; i < one->table.examples(); ++i) {
        const std::span<const double> row = one->table.row(i);
        table_.insert(table_.end(), row.begin(), row.end());
      }
    }
  }

  /// Adds value(a) - value(b), an output each, once the rows with a 1 in `coins` are exchanged.
  void add_difference(std::span<const double> coins, std::span<double> out) {
    const std::size_t n = coins.size();
    for (std::size_t i = 0; i < n; ++i) {
      keep_[i] = give_[n + i] = 1 - coins[i];
      give_[i] = keep_[n + i] = coins[i];
    }
    std::vector<double> of_a(out.size()), of_b(out.size());
    metric_.values(sdk::Rows(table_, width_, keep_), of_a);
    metric_.values(sdk::Rows(table_, width_, give_), of_b);
    for (std::size_t o = 0; o < out.size(); ++o) out[o] += of_a[o] - of_b[o];
  }

 private:
  const sdk::Metric& metric_;
  std::size_t width_;
  std::vector<double> table_, keep_, give_;
};

/// The systems of both groups in pairs of seeds; empty where these differ.
std::vector<Exchanged> in_pairs(const ComparedGroup& a, const ComparedGroup& b) {
  std::vector<Exchanged> pairs;
  if (a.cells.size() != b.cells.size()) return pairs;
  for (std::size_t i = 0; i < a.cells.size(); ++i) {
    const Scored* other = b.of_seed(a.cells[i]->seed);
    if (other == nullptr) return {};
    pairs.emplace_back(*a.scored[i], *other);
  }
  return pairs;
}

}  // namespace

std::vector<double> randomised(const ComparedGroup& a, const ComparedGroup& b, const ScoredCells& all, int shuffles) {
  std::vector<Exchanged> pairs = in_pairs(a, b);
  if (pairs.empty()) return {};
  const std::size_t outputs = all.outputs.size();
  std::vector<double> tossed(all.units()), coins(all.examples), shuffled(outputs);
  std::vector<std::size_t> as_large(outputs);
  for (int shuffle = 0; shuffle < shuffles; ++shuffle) {
    stats::toss(kResampleSeed, static_cast<std::size_t>(shuffle), tossed);
    for (std::size_t i = 0; i < coins.size(); ++i) coins[i] = tossed[all.clusters ? all.clusters->of[i] : i];
    std::fill(shuffled.begin(), shuffled.end(), 0.0);
    for (Exchanged& pair : pairs) pair.add_difference(coins, shuffled);
    for (std::size_t o = 0; o < outputs; ++o) {
      const double observed = std::abs(a.values[o] - b.values[o]),
                   scale = std::abs(a.values[o]) + std::abs(b.values[o]);
      // An undefined difference counts as large, which cannot feign a finding.
      as_large[o] += !(std::abs(shuffled[o]) / static_cast<double>(pairs.size()) < observed - 1e-12 * scale);
    }
  }
  std::vector<double> p_values(outputs, std::nan(""));
  for (std::size_t o = 0; o < outputs; ++o) {
    if (!std::isnan(a.values[o] - b.values[o]))
      p_values[o] = static_cast<double>(as_large[o] + 1) / static_cast<double>(shuffles + 1);
  }
  return p_values;
}

}  // namespace assay::run
