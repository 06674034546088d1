#pragma once
#include <assay/sdk/metric.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace llm_judge {

/// How far a judge and people agree over the examples that both judged, from sums over examples: the share of equal
/// verdicts; Cohen's kappa, (po - pe) / (1 - pe) with pe of the two marginals (Cohen 1960, "A coefficient of agreement for
/// nominal scales"); where verdicts are grades also kappa weighted by squared distance (Cohen 1968).
class Agreement {
 public:
  /// `kinds` verdicts, from 0; `graded`: in order, so that one may be near another.
  Agreement(std::string name, std::size_t kinds, bool graded)
      : name_(std::move(name)), kinds_(kinds), graded_(graded) {}

  [[nodiscard]] std::vector<assay::sdk::Value> outputs() const;
  [[nodiscard]] std::size_t width() const { return 3 + 2 * kinds_; }

  /// An example's part of a row; examples that one of the two did not judge leave it zero.
  void score(std::size_t judge, std::size_t people, std::span<double> row) const;
  /// Undefined where nothing was judged by both; kappa also where both always say one thing.
  void values(std::span<const double> sums, std::span<double> out) const;

 private:
  std::string name_;
  std::size_t kinds_;
  bool graded_;
};

}  // namespace llm_judge
