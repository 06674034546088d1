#include <cmath>
#include <utility>

#include "coverage/checks.h"
#include "stats/bootstrap.h"
#include "stats/comparison.h"
#include "stats/estimate.h"
#include "stats/power.h"
#include "stats/resampled.h"

namespace assay::coverage {
namespace {

constexpr Bounds kPower{77, 83};

/// 0/1 scores whose discordant pairs favour the first system so often that it is better by `effect`.
void favour(Sample& sample, double effect, double discordant, Random& random) {
  std::bernoulli_distribution favoured((1 + effect / discordant) / 2);
  for (std::size_t i = 0; i < sample.first.size(); ++i)
    if (sample.first[i] != sample.second[i] && (sample.first[i] > sample.second[i]) != favoured(random))
      std::swap(sample.first[i], sample.second[i]);
}

double reported_p_value(const Sample& sample, const stats::Resampling& resampling) {
  std::vector<double> differences = stats::bootstrap({sample.first}, 1, stats::mean_from_sums, resampling);
  const std::vector<double> second = stats::bootstrap({sample.second}, 1, stats::mean_from_sums, resampling);
  for (std::size_t b = 0; b < differences.size(); ++b) differences[b] -= second[b];
  const double difference = stats::mean(sample.first) - stats::mean(sample.second);
  return stats::paired_test(sample.first, sample.second, difference, differences, sample.first.size()).p_value;
}

Findings of_means(const Population& population, std::size_t examples, const Settings& settings) {
  std::vector<double> differences(population.examples());
  for (std::size_t i = 0; i < differences.size(); ++i) differences[i] = population.first[i] - population.second[i];
  const double centre = stats::mean(differences);
  // With the systems exchanged at random, differences are centred on 0 and keep their mean square.
  const double deviation = std::hypot(stats::standard_deviation(differences), centre);
  const auto n = static_cast<double>(examples);
  const double paired = stats::detectable_difference(stats::paired_mean_power(deviation), n);
  const double unpaired =
      stats::detectable_difference(stats::unpaired_mean_power(stats::standard_deviation(population.first)), n);
  return replicate(settings, [&](std::size_t r, Random& random, Findings& findings) {
    Sample sample = exchanged(draw(population, examples, random), 1, random);
    for (double& score : sample.first) score += paired;
    findings.note("detectable difference of paired means is found", kPower,
                  reported_p_value(sample, {settings.resamples, r, 1}) <= kAlpha);
    sample = draw(population, examples, random);
    for (double& score : sample.first) score += unpaired;
    const Sample other = draw(population, examples, random);
    findings.note("detectable difference of unpaired means is found", kPower,
                  stats::estimate_difference(sample.first, other.first).p_value() <= kAlpha);
  });
}

Findings of_proportions(const Population& population, std::size_t examples, const Settings& settings) {
  const double discordant = population.discordant(), baseline = stats::mean(population.first);
  const auto n = static_cast<double>(examples);
  const double paired = stats::detectable_difference(stats::paired_proportion_power(discordant), n);
  const double unpaired = stats::detectable_difference(stats::unpaired_proportion_power(baseline), n);
  std::bernoulli_distribution higher(baseline + unpaired);
  return replicate(settings, [&, higher](std::size_t r, Random& random, Findings& findings) {
    Sample sample = draw(population, examples, random);
    favour(sample, paired, discordant, random);
    findings.note("detectable difference of paired proportions is found", kPower,
                  reported_p_value(sample, {settings.resamples, r, 1}) <= kAlpha);
    if (std::isnan(unpaired)) return;
    const Sample other = draw(population, examples, random);
    std::vector<double> better(examples);
    for (double& score : better) score = std::bernoulli_distribution(higher)(random) ? 1 : 0;
    findings.note("detectable difference of unpaired proportions is found", kPower,
                  stats::estimate_difference(better, other.first).p_value() <= kAlpha);
  });
}

}  // namespace

Findings detectable_effects(const Population& population, std::size_t examples, const Settings& settings) {
  if (population.clustered || population.second.empty()) return {};
  if (population.kind == Kind::mean) return of_means(population, examples, settings);
  if (population.kind == Kind::proportion) return of_proportions(population, examples, settings);
  return {};
}

}  // namespace assay::coverage
