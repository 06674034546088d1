#include <algorithm>

#include "coverage/checks.h"
#include "stats/bootstrap.h"
#include "stats/comparison.h"
#include "stats/multiple_comparisons.h"
#include "stats/summary.h"

namespace assay::coverage {
namespace {

constexpr std::size_t kCells = 12;

/// Scores of cells that all do equally well on examples of different difficulty, whole (0 or 1) or in parts.
std::vector<std::vector<double>> equal_cells(std::size_t examples, bool whole, Random& random) {
  std::normal_distribution<double> normal;
  std::vector<std::vector<double>> cells(kCells, std::vector<double>(examples));
  for (std::size_t i = 0; i < examples; ++i) {
    const double difficulty = normal(random);
    for (auto& cell : cells) {
      const double quality = 0.6 + difficulty + normal(random);
      cell[i] = whole ? (quality > 0 ? 1.0 : 0.0) : std::clamp(0.6 + 0.3 * quality, 0.0, 1.0);
    }
  }
  return cells;
}

bool any_found(const std::vector<double>& p_values) {
  const std::vector<double> adjusted = stats::holm(p_values);
  return std::any_of(adjusted.begin(), adjusted.end(), [](double p) { return p <= kAlpha; });
}

}  // namespace

Findings family_wise_errors(std::size_t examples, const Settings& settings) {
  constexpr Bounds kErrors{0, 6};
  return replicate(settings, [&](std::size_t r, Random& random, Findings& findings) {
    for (const bool whole : {true, false}) {
      const auto cells = equal_cells(examples, whole, random);
      std::vector<std::vector<double>> resampled;
      for (const auto& cell : cells)
        resampled.push_back(stats::bootstrap({cell}, 1, stats::mean_from_sums, {settings.resamples, r, 1}));
      std::vector<double> against_baseline, all_pairs, differences(resampled.front().size());
      for (std::size_t a = 0; a < kCells; ++a)
        for (std::size_t b = a + 1; b < kCells; ++b) {
          for (std::size_t k = 0; k < differences.size(); ++k) differences[k] = resampled[b][k] - resampled[a][k];
          const double difference = stats::mean(cells[b]) - stats::mean(cells[a]);
          all_pairs.push_back(stats::paired_test(cells[b], cells[a], difference, differences, examples).p_value);
          if (a == 0) against_baseline.push_back(all_pairs.back());
        }
      const std::string kind = whole ? "proportions" : "means";
      findings.note("Holm over 12 cells, " + kind + ": any found against a baseline", kErrors,
                    any_found(against_baseline));
      findings.note("Holm over 12 cells, " + kind + ": any found of all pairs", kErrors, any_found(all_pairs));
    }
  });
}

}  // namespace assay::coverage
