#include "agreement.h"

#include <limits>

namespace llm_judge {
namespace {

/// Columns before the counts of the judge's verdicts, which those of people's follow.
enum Column : std::size_t { kPairs, kEqual, kSquares, kJudge };

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

double squared(std::size_t a, std::size_t b) {
  const double distance = static_cast<double>(a) - static_cast<double>(b);
  return distance * distance;
}

}  // namespace

std::vector<assay::sdk::Value> Agreement::outputs() const {
  std::vector<assay::sdk::Value> all{{.name = name_ + ".agreement", .unit = ""},
                                     {.name = name_ + ".kappa", .unit = "", .per_example = false}};
  if (graded_) all.push_back({.name = name_ + ".weighted_kappa", .unit = "", .per_example = false});
  return all;
}

void Agreement::score(std::size_t judge, std::size_t people, std::span<double> row) const {
  row[kPairs] = 1;
  row[kEqual] = judge == people ? 1 : 0;
  row[kSquares] = squared(judge, people);
  row[kJudge + judge] = 1;
  row[kJudge + kinds_ + people] = 1;
}

void Agreement::values(std::span<const double> sums, std::span<double> out) const {
  const double pairs = sums[kPairs];
  const auto judge = sums.subspan(kJudge, kinds_), people = sums.subspan(kJudge + kinds_, kinds_);
  double chance = 0, squares = 0;  // expected of two that judge by these marginals, independently
  for (std::size_t i = 0; i < kinds_; ++i) {
    chance += judge[i] * people[i] / pairs;
    for (std::size_t j = 0; j < kinds_; ++j) squares += squared(i, j) * judge[i] * people[j] / pairs;
  }
  out[0] = pairs > 0 ? sums[kEqual] / pairs : kUndefined;
  out[1] = pairs > chance ? (sums[kEqual] - chance) / (pairs - chance) : kUndefined;
  if (graded_) out[2] = squares > 0 ? 1 - sums[kSquares] / squares : kUndefined;
}

}  // namespace llm_judge
