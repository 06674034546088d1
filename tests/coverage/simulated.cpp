#include <algorithm>
#include <cmath>

#include "coverage/population.h"

namespace assay::coverage {
namespace {

constexpr std::size_t kExamples = 200'000;

/// A system's row on an example, from how well it does there (standard normal but for its centre).
using Observe = std::vector<double> (*)(double quality, std::uint64_t example);

std::vector<double> right_or_wrong(double quality, std::uint64_t) { return {quality > 0 ? 1.0 : 0.0}; }

/// Scores within [0, 1] with many at both ends, as token F1's are.
std::vector<double> partial(double quality, std::uint64_t) { return {std::clamp(0.6 + 0.5 * quality, 0.0, 1.0)}; }

/// True and false positives and false negatives of one class, a third of the examples.
std::vector<double> detected(double quality, std::uint64_t example) {
  const bool positive = example % 3 == 0, right = quality > -0.3;
  return {positive && right ? 1.0 : 0.0, !positive && !right ? 1.0 : 0.0, positive && !right ? 1.0 : 0.0};
}

/// A translation of 8 to 31 words whose words match its reference by chance; n-grams match where n words in a row do.
std::vector<double> translated(double quality, std::uint64_t example) {
  Random words(example);
  const std::size_t reference = 8 + words() % 24, length = reference - 3 + words() % 6;
  const auto chance = static_cast<std::uint64_t>(std::clamp(0.6 + 0.15 * quality, 0.02, 0.98) * 0x1p64);
  std::vector<double> row(10);
  std::size_t in_a_row = 0;
  for (std::size_t w = 0; w < length; ++w) {
    in_a_row = words() < chance ? in_a_row + 1 : 0;
    for (std::size_t n = 0; n < 4; ++n) {
      row[n] += in_a_row > n ? 1 : 0;
      row[4 + n] += w >= n ? 1 : 0;
    }
  }
  row[8] = static_cast<double>(length);
  row[9] = static_cast<double>(reference);
  return row;
}

/// Quality is the system's centre, the cluster's, the example's and noise; the second system is a little better.
Population simulate(Kind kind, std::size_t width, Observe observe, const char* name, bool clustered,
                    std::uint64_t seed) {
  Population population{
      .name = name, .kind = kind, .width = width, .first = {}, .second = {}, .starts = {0}, .clustered = clustered};
  if (clustered) population.name += ", clustered";
  Random random(seed);
  std::normal_distribution<double> normal;
  for (std::size_t i = 0; i < kExamples;) {
    const std::size_t size = clustered ? 1 + random() % 7 : 1;  // four on average
    const double of_cluster = clustered ? 0.6 * normal(random) : 0;
    for (const std::size_t end = i + size; i < end; ++i) {
      const double shared = of_cluster + 0.7 * normal(random);
      const std::uint64_t example = random();
      for (const bool second : {false, true}) {
        const std::vector<double> row = observe(0.6 + (second ? 0.1 : 0) + shared + 0.7 * normal(random), example);
        auto& rows = second ? population.second : population.first;
        rows.insert(rows.end(), row.begin(), row.end());
      }
    }
    population.starts.push_back(i);
  }
  return population;
}

}  // namespace

std::vector<Population> simulated_populations(std::uint64_t seed) {
  std::vector<Population> all;
  for (const bool clustered : {false, true}) {
    all.push_back(simulate(Kind::proportion, 1, right_or_wrong, "proportion", clustered, seed));
    all.push_back(simulate(Kind::mean, 1, partial, "mean", clustered, seed));
    all.push_back(simulate(Kind::f1, 3, detected, "corpus F1", clustered, seed));
    all.push_back(simulate(Kind::bleu, 10, translated, "corpus BLEU", clustered, seed));
  }
  return all;
}

}  // namespace assay::coverage
