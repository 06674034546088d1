#include <assay/sdk/error.h>
#include <assay/sdk/metric.h>
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string_view>

#include "run/compared.h"
#include "run/randomised.h"
#include "run/scored.h"
#include "run/slices.h"
#include "run/stage.h"
#include "stats/bootstrap.h"
#include "stats/comparison.h"
#include "stats/resampled.h"
#include "stats/summary.h"
#include "store/bundle.h"

namespace assay::run {
namespace {

constexpr std::size_t kAllPairsUpTo = 40;  // groups; past it only pairs that a ranking needs

const std::map<std::string_view, stats::TestKind> kTests{{"auto", stats::TestKind::automatic},
                                                         {"mcnemar", stats::TestKind::mcnemar_mid_p},
                                                         {"mcnemar_exact", stats::TestKind::mcnemar_exact},
                                                         {"bootstrap", stats::TestKind::paired_bootstrap},
                                                         {"randomisation", stats::TestKind::randomisation},
                                                         {"t", stats::TestKind::paired_t},
                                                         {"wilcoxon", stats::TestKind::wilcoxon},
                                                         {"sign", stats::TestKind::sign}};

/// What compare.json says of groups and of pairs.
class Comparison {
 public:
  Comparison(StageWork& work, const ScoredCells& all)
      : work_(work), job_(work.job.compare.value()), all_(all), test_(kTests.at(job_.test)) {}

  [[nodiscard]] Json group(const ComparedGroup& group) const {
    Json cells = Json::array();
    for (const plan::CompareCellJob* cell : group.cells) cells.push_back(cell->cell);
    Json json = {{"group", group.name}, {"cells", cells}, {"outputs", Json::array()}};
    for (std::size_t o = 0; o < all_.outputs.size(); ++o) json["outputs"].push_back(group_output(group, o));
    return json;
  }

  [[nodiscard]] Json pair(const ComparedGroup& a, const ComparedGroup& b) const {
    Json json = {{"a", a.name}, {"b", b.name}, {"outputs", Json::array()}};
    std::vector<double> p_values;  // of what only the metric itself can exchange
    if (test_ == stats::TestKind::randomisation && a.mean_scores.empty()) {
      p_values = in_plugin(work_.bench.journal(), work_.job.metric->name,
                           [&] { return randomised(a, b, all_, job_.resamples); });
    }
    for (std::size_t o = 0; o < all_.outputs.size(); ++o) json["outputs"].push_back(pair_output(a, b, o, p_values));
    return json;
  }

 private:
  /// Scores of clustered examples are no independent trials: resampling tells of them.
  [[nodiscard]] std::span<const double> independent(std::span<const double> scores) const {
    return all_.clusters ? std::span<const double>() : scores;
  }

  [[nodiscard]] Json group_output(const ComparedGroup& group, std::size_t o) const {
    stats::Interval interval =
        stats::value_interval(independent(group.scores), group.resampled_of(o), all_.units(), job_.confidence);
    const auto both = over_seeds(group, o, all_);
    if (both && job_.random_seeds) interval = both->mean.interval(job_.confidence);
    Json by_seed = Json::array(), by_cell = Json::array();
    std::vector<double> seeds;
    for (std::size_t c = 0; c < group.cells.size(); ++c) {
      const Scored& one = *group.scored[c];
      const stats::Interval own =
          group.cells.size() == 1
              ? interval
              : stats::value_interval(independent(one.scores()), column(one.resampled, all_.outputs.size(), o),
                                      all_.units(), job_.confidence);
      seeds.push_back(one.values[o]);
      by_seed.push_back(number(one.values[o]));
      by_cell.push_back({{"cell", group.cells[c]->cell},
                         {"seed", group.cells[c]->seed},
                         {"value", number(one.values[o])},
                         {"low", number(own.low)},
                         {"high", number(own.high)}});
    }
    return {{"name", all_.outputs[o].name},
            {"unit", all_.outputs[o].unit},
            {"higher_is_better", all_.outputs[o].higher_is_better},
            {"value", number(group.values[o])},
            {"low", number(interval.low)},
            {"high", number(interval.high)},
            {"seed_sd", seeds.size() > 1 ? number(stats::standard_deviation(seeds)) : Json()},
            {"over_seeds", both ? seeds_json(*both) : Json()},
            {"by_seed", by_seed},
            {"by_cell", by_cell}};
  }

  [[nodiscard]] Json pair_output(const ComparedGroup& a, const ComparedGroup& b, std::size_t o,
                                 const std::vector<double>& randomised) const {
    const std::span<const double> of_a = a.resampled_of(o), of_b = b.resampled_of(o);
    std::vector<double> differences(of_a.size());
    std::transform(of_a.begin(), of_a.end(), of_b.begin(), differences.begin(), std::minus<>());
    const double difference = a.values[o] - b.values[o], alpha = 1 - job_.confidence;
    stats::Interval interval = stats::percentile_interval(differences, job_.confidence, all_.units());
    stats::Interval narrow = stats::percentile_interval(differences, 1 - 2 * alpha, all_.units());
    stats::PairedTest test =
        randomised.empty() ? tested(a, b, difference, differences) : stats::PairedTest{randomised[o], "randomisation"};
    const auto both = over_seeds(a, b, o, all_);
    if (both && job_.random_seeds) {
      interval = both->mean.interval(job_.confidence);
      narrow = both->mean.interval(1 - 2 * alpha);
      test = {both->mean.p_value(), "t_over_seeds"};
    }
    const stats::Reach reach =
        stats::reach(independent(a.scores), independent(b.scores), difference, differences, all_.units(), alpha);
    Json json = {{"name", all_.outputs[o].name},
                 {"difference", number(difference)},
                 {"low", number(interval.low)},
                 {"high", number(interval.high)},
                 {"narrow_low", number(narrow.low)},
                 {"narrow_high", number(narrow.high)},
                 {"p_value", number(test.p_value)},
                 {"test", test.name},
                 {"detectable", number(reach.detectable)},
                 {"needed", number(reach.needed)},
                 {"over_seeds", Json()}};
    if (both) {
      json["over_seeds"] = seeds_json(*both);
      json["over_seeds"]["p_value"] = number(both->mean.p_value());
    }
    return json;
  }

  [[nodiscard]] stats::PairedTest tested(const ComparedGroup& a, const ComparedGroup& b, double difference,
                                         const std::vector<double>& differences) const {
    const stats::Clusters* clusters = all_.clusters ? &*all_.clusters : nullptr;
    const auto chosen = stats::chosen_test(test_, a.mean_scores, b.mean_scores, clusters,
                                           {.resamples = job_.resamples, .seed = kResampleSeed});
    if (chosen) return *chosen;
    if (test_ != stats::TestKind::automatic) return stats::paired_test({}, {}, difference, differences, all_.units());
    return stats::paired_test(independent(a.scores), independent(b.scores), difference, differences, all_.units());
  }

  [[nodiscard]] Json seeds_json(const stats::SeedEstimate& both) const {
    const stats::Interval interval = both.mean.interval(job_.confidence);
    return {{"low", number(interval.low)}, {"high", number(interval.high)}, {"seed_sd", number(both.seed_deviation)}};
  }

  StageWork& work_;
  const plan::CompareJob& job_;
  const ScoredCells& all_;
  stats::TestKind test_;
};

/// Indices (a, b), a before b in the plan's order unless b is the baseline.
std::vector<std::pair<std::size_t, std::size_t>> pairs_of(const std::vector<ComparedGroup>& groups,
                                                          const std::string& baseline,
                                                          const std::vector<sdk::Value>& outputs) {
  std::set<std::size_t> pivots;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (groups.size() <= kAllPairsUpTo || groups[g].name == baseline) pivots.insert(g);
  }
  for (std::size_t o = 0; o < outputs.size() && !groups.empty(); ++o) {
    std::size_t best = 0;
    for (std::size_t g = 1; g < groups.size(); ++g) {
      const double gain = groups[g].values[o] - groups[best].values[o];
      if (outputs[o].higher_is_better ? gain > 0 : gain < 0) best = g;
    }
    pivots.insert(best);
  }
  std::set<std::pair<std::size_t, std::size_t>> pairs;
  for (const std::size_t pivot : pivots) {
    for (std::size_t other = 0; other < groups.size(); ++other) {
      if (other == pivot) continue;
      auto pair = std::minmax(pivot, other);
      const bool turn = groups[pair.first].name == baseline;
      pairs.insert(turn ? std::pair(pair.second, pair.first) : std::pair(pair.first, pair.second));
    }
  }
  return {pairs.begin(), pairs.end()};
}

/// One row a group and output: what it is, and its values in every resample, which pair across files of one dataset.
void write_resampled(const StageWork& work, const std::vector<ComparedGroup>& groups, const ScoredCells& all) {
  store::RowsWriter rows(work.out.folder() / "resampled.jsonl");
  for (const ComparedGroup& group : groups) {
    for (std::size_t o = 0; o < all.outputs.size(); ++o) {
      Json values = Json::array();
      for (const double x : group.resampled_of(o)) values.push_back(number(x));
      rows.write({{"group", group.name}, {"output", all.outputs[o].name}, {"values", std::move(values)}});
    }
  }
  rows.close();
}

}  // namespace

void do_compare(StageWork& work) {
  const plan::CompareJob& compare = work.job.compare.value();
  std::set<std::string> keys;
  for (const plan::CompareCellJob& cell : compare.cells) keys.insert(cell.score);
  const ScoredCells all = read_scores(work, keys, compare.resamples);
  const std::vector<ComparedGroup> groups = compared_groups(compare, all);
  const Comparison comparison(work, all);

  Json json = {{"metric", work.job.metric->name},
               {"dataset", compare.dataset},
               {"examples", all.examples},
               {"clusters", all.clusters ? Json(all.clusters->count) : Json()},
               {"confidence", compare.confidence},
               {"resamples", compare.resamples},
               {"baseline", compare.baseline},
               {"cells", Json::array()},
               {"pairs", Json::array()}};
  for (const ComparedGroup& group : groups) json["cells"].push_back(comparison.group(group));
  for (const auto& [a, b] : pairs_of(groups, compare.baseline, all.outputs))
    json["pairs"].push_back(comparison.pair(groups[a], groups[b]));
  json["slices"] = slices_json(work, groups, all);
  if (compare.keeps_resampled) write_resampled(work, groups, all);
  work.write("compare.json", json);
}

}  // namespace assay::run
