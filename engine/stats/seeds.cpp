#include "stats/seeds.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace assay::stats {
namespace {

/// What each factor says of the variance of the mean: a mean square over S·n, with its degrees of freedom.
struct Part {
  double variance;
  double degrees;
};

double variance(std::span<const double> values) {
  const double deviation = standard_deviation(values);
  return deviation * deviation;
}

std::vector<double> column_means(std::span<const double> table, std::size_t rows) {
  const std::size_t columns = table.size() / rows;
  std::vector<double> means(columns);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) means[c] += table[r * columns + c] / static_cast<double>(rows);
  return means;
}

/// Squared deviations of a table from its rows' and columns' means, over the rows' degrees of freedom.
double residual_squares(std::span<const double> table, std::size_t rows) {
  const std::size_t columns = table.size() / rows;
  const std::vector<double> means = column_means(table, rows);
  const double centre = mean(means);
  double squares = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    const std::span<const double> row = table.subspan(r * columns, columns);
    const double of_row = mean(row);
    for (std::size_t c = 0; c < columns; ++c) {
      const double residual = row[c] - of_row - means[c] + centre;
      squares += residual * residual;
    }
  }
  return squares / static_cast<double>(rows - 1);
}

SeedEstimate combine(double value, Part seeds, Part examples, Part residual, double seed_count) {
  const double whole = seeds.variance + examples.variance - residual.variance;
  SeedEstimate estimate;
  estimate.seed_deviation = std::sqrt(seed_count * std::max(0.0, seeds.variance - residual.variance));
  estimate.residual_deviation = std::sqrt(seed_count * residual.variance);
  if (seeds.variance <= residual.variance) {
    estimate.mean = {value, std::sqrt(examples.variance), examples.degrees};
  } else if (examples.variance <= residual.variance) {
    estimate.mean = {value, std::sqrt(seeds.variance), seeds.degrees};
  } else {
    double squares = 0;
    for (const Part& part : {seeds, examples, residual}) squares += part.variance * part.variance / part.degrees;
    estimate.mean = {value, std::sqrt(whole), whole * whole / squares};
  }
  return estimate;
}

}  // namespace

SeedEstimate estimate_over_seeds(std::span<const double> scores, std::size_t seeds) {
  if (seeds == 0 || scores.size() % seeds != 0)
    throw std::invalid_argument("estimate_over_seeds: every seed needs a score of every example");
  const std::vector<double> by_example = column_means(scores, seeds);
  if (seeds == 1) return {estimate_mean(by_example), std::nan(""), std::nan("")};
  const auto s = static_cast<double>(seeds), n = static_cast<double>(by_example.size());
  std::vector<double> by_seed(seeds);
  for (std::size_t j = 0; j < seeds; ++j) by_seed[j] = mean(scores.subspan(j * by_example.size(), by_example.size()));
  const double residual = residual_squares(scores, seeds) / (n - 1);
  return combine(mean(by_example), {variance(by_seed) / s, s - 1}, {variance(by_example) / n, n - 1},
                 {residual / (s * n), (s - 1) * (n - 1)}, s);
}

SeedEstimate estimate_over_seeds(std::span<const double> values, std::span<const double> resampled,
                                 std::size_t examples) {
  if (values.empty() || resampled.size() % values.size() != 0)
    throw std::invalid_argument("estimate_over_seeds: every seed needs a value of every resample");
  const auto s = static_cast<double>(values.size()), n = static_cast<double>(examples);
  const std::vector<double> means = column_means(resampled, values.size());
  const Part of_examples{variance(means), n - 1};
  if (values.size() == 1)
    return {{values[0], std::sqrt(of_examples.variance), of_examples.degrees}, std::nan(""), std::nan("")};
  const double residual = residual_squares(resampled, values.size()) / static_cast<double>(means.size() - 1);
  return combine(mean(values), {variance(values) / s, s - 1}, of_examples, {residual / s, (s - 1) * (n - 1)}, s);
}

}  // namespace assay::stats
