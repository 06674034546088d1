#include "stats/seeds.h"

#include "coverage/checks.h"
#include "stats/bootstrap.h"

namespace assay::coverage {
namespace {

/// Scores around 0 of seeds × examples, row-major.
std::vector<double> scores_of(std::size_t seeds, std::size_t examples, double seed_deviation, Random& random) {
  std::normal_distribution<double> normal;
  std::vector<double> difficulty(examples), scores(seeds * examples);
  for (double& d : difficulty) d = normal(random);
  for (std::size_t j = 0; j < seeds; ++j) {
    const double luck = seed_deviation * normal(random);
    for (std::size_t i = 0; i < examples; ++i) scores[j * examples + i] = luck + difficulty[i] + normal(random);
  }
  return scores;
}

}  // namespace

Findings seed_intervals(std::size_t examples, const Settings& settings) {
  constexpr std::size_t kSeeds = 5;
  // Where seeds are noise, estimates of their variance that are cut off at 0 leave the interval a little wide.
  const Bounds bounds = examples < 300 ? Bounds{90, 98} : Bounds{93, 97.5};
  return replicate(settings, [&](std::size_t r, Random& random, Findings& findings) {
    for (const auto& [what, deviation] : {std::pair{"seeds differ", 0.1}, {"seeds are noise", 0.0}}) {
      const std::vector<double> scores = scores_of(kSeeds, examples, deviation, random);
      std::vector<double> values, resampled;
      for (std::size_t j = 0; j < kSeeds; ++j) {
        const auto row = std::span(scores).subspan(j * examples, examples);
        values.push_back(stats::mean(row));
        const std::vector<double> of_seed =
            stats::bootstrap({row}, 1, stats::mean_from_sums, {settings.resamples, r, 1});
        resampled.insert(resampled.end(), of_seed.begin(), of_seed.end());
      }
      const std::string name = std::string("mean over 5 seeds, ") + what;
      findings.note(name + ": analysis of variance", bounds,
                    stats::estimate_over_seeds(scores, kSeeds).mean.interval(0.95).contains(0));
      findings.note(name + ": resampled", bounds,
                    stats::estimate_over_seeds(values, resampled, examples).mean.interval(0.95).contains(0));
    }
  });
}

}  // namespace assay::coverage
