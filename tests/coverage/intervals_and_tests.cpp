#include "coverage/checks.h"
#include "stats/bootstrap.h"
#include "stats/comparison.h"
#include "stats/estimate.h"
#include "stats/proportions.h"
#include "stats/randomisation.h"
#include "stats/resampled.h"
#include "stats/signed_ranks.h"

namespace assay::coverage {
namespace {

constexpr double kConfidence = 0.95;
constexpr std::size_t kSmall = 300;  // examples below which intervals may cover less well

std::vector<double> minus(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> differences(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) differences[i] = a[i] - b[i];
  return differences;
}

/// One simulated experiment: what the functions that a report calls say of its data.
class Experiment {
 public:
  Experiment(const Population& population, const Sample& sample, const stats::Resampling& resampling)
      : population_(population),
        sample_(sample),
        resampling_(resampling),
        from_sums_(value_of(population.kind)),
        first_(stats::sum_by_cluster({sample.first, population.width}, sample.clusters)),
        resampled_(stats::bootstrap(first_.view(), 1, from_sums_, resampling)) {
    if (sample.second.empty()) return;
    second_ = stats::sum_by_cluster({sample.second, population.width}, sample.clusters);
    differences_ = minus(resampled_, stats::bootstrap(second_.view(), 1, from_sums_, resampling));
    difference_ = value(population, sample.first) - value(population, sample.second);
  }

  void cover(double truth, Bounds bounds, Findings& findings) const {
    const auto note = [&](const char* what, const stats::Interval& interval) {
      findings.note(what, bounds, interval.contains(truth));
    };
    if (population_.kind == Kind::proportion && !population_.clustered)
      note("interval of the value: as reported, Wilson",
           stats::value_interval(sample_.first, resampled_, sample_.clusters.count, kConfidence));
    else
      note("interval of the value: as reported, percentile",
           stats::value_interval({}, resampled_, sample_.clusters.count, kConfidence));
    note("interval of the value: BCa",
         stats::bca_interval(resampled_, value(population_, sample_.first),
                             stats::jackknife(first_.view(), 1, from_sums_), kConfidence));
    if (is_mean()) note("interval of the value: t", estimate(sample_.first).interval(kConfidence));
  }

  void cover_difference(double truth, Bounds bounds, Findings& findings) const {
    findings.note("interval of the difference: as reported, percentile", bounds,
                  stats::percentile_interval(differences_, kConfidence, sample_.clusters.count).contains(truth));
    if (is_mean())
      findings.note("interval of the difference: t", bounds,
                    estimate(minus(sample_.first, sample_.second)).interval(kConfidence).contains(truth));
  }

  void test(Bounds bounds, Bounds exact, Bounds randomisation, Findings& findings) const {
    const auto note = [&](const std::string& what, Bounds allowed, double p) {
      findings.note("test of no difference: " + what, allowed, p <= kAlpha);
    };
    note("paired bootstrap", bounds, stats::bootstrap_p_value(difference_, differences_, sample_.clusters.count));
    note("randomisation", randomisation,
         stats::randomisation_p_values(first_.view(), second_.view(), 1, from_sums_, resampling_).at(0));
    if (!is_mean()) return;
    const std::vector<double> pairs = minus(sample_.first, sample_.second);
    note("paired t", bounds, estimate(pairs).p_value());
    if (population_.clustered) return;
    if (population_.kind == Kind::proportion) {
      note(
          "as reported, McNemar mid-p", bounds,
          stats::paired_test(sample_.first, sample_.second, difference_, differences_, sample_.clusters.count).p_value);
      note("McNemar exact", exact, stats::mcnemar_exact(stats::discordance(sample_.first, sample_.second)));
    } else {
      note("Wilcoxon signed rank", bounds, stats::wilcoxon_signed_rank(pairs));
      note("sign", exact, stats::sign_test(pairs));
    }
  }

 private:
  [[nodiscard]] bool is_mean() const { return population_.kind == Kind::mean || population_.kind == Kind::proportion; }
  [[nodiscard]] stats::Estimate estimate(const std::vector<double>& values) const {
    return population_.clustered ? stats::estimate_mean(values, sample_.clusters) : stats::estimate_mean(values);
  }

  const Population& population_;
  const Sample& sample_;
  stats::Resampling resampling_;
  stats::FromSums from_sums_;
  stats::ClusteredSample first_, second_;
  std::vector<double> resampled_, differences_;
  double difference_ = 0;
};

}  // namespace

Findings intervals_and_tests(const Population& population, std::size_t examples, const Settings& settings) {
  const bool paired = !population.second.empty();
  const double truth = value(population, population.first);
  const double difference = paired ? truth - value(population, population.second) : 0;
  const double discordant = paired ? population.discordant() * static_cast<double>(examples) : 0;
  const Bounds coverage = examples < kSmall ? Bounds{90, 98} : Bounds{93, 97};
  const Bounds null = {discordant >= 30 ? 3.5 : 0, 6.5}, exact = {0, 6};
  // Over 0/1 scores randomisation is the exact sign test, whose size falls short of its level by the steps of a count.
  const Bounds randomisation = population.kind == Kind::proportion ? exact : null;
  return replicate(settings, [&](std::size_t r, Random& random, Findings& findings) {
    const stats::Resampling resampling{settings.resamples, settings.seed + r, 1};
    const Sample sample = draw(population, examples, random);
    const Experiment experiment(population, sample, resampling);
    experiment.cover(truth, coverage, findings);
    if (!paired) return;
    experiment.cover_difference(difference, coverage, findings);
    const Sample equal = exchanged(sample, population.width, random);
    Experiment(population, equal, resampling).test(null, exact, randomisation, findings);
  });
}

}  // namespace assay::coverage
