#include <assay/sdk/error.h>
#include <assay/sdk/metric.h>
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "run/scored.h"
#include "run/stage.h"
#include "stats/bootstrap.h"
#include "stats/comparison.h"
#include "stats/resampled.h"
#include "stats/summary.h"

namespace assay::run {
namespace {

constexpr std::size_t kAllPairsUpTo = 40;     // groups; past it only pairs that a ranking needs

/// The seeds of one setting.
struct Group {
  std::string name;
  std::vector<const plan::CompareCellJob*> cells;
  std::vector<double> values;     ///< mean over seeds
  std::vector<double> resampled;  ///< outputs × resamples, mean over seeds
  std::span<const double> scores;  ///< the examples', where all seeds have the same and the value is their mean
};

std::vector<Group> group_cells(const plan::CompareJob& compare, const std::map<std::string, Scored>& scored,
                               std::size_t outputs) {
  std::vector<Group> groups;
  for (const plan::CompareCellJob& cell : compare.cells) {
    auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& group) { return group.name == cell.group; });
    if (found == groups.end()) found = groups.insert(groups.end(), Group{cell.group, {}, {}, {}, {}});
    found->cells.push_back(&cell);
  }
  const auto resamples = static_cast<std::size_t>(compare.resamples);
  for (Group& group : groups) {
    group.values.assign(outputs, 0.0);
    group.resampled.assign(outputs * resamples, 0.0);
    const std::span<const double> scores = scored.at(group.cells.front()->score).scores();
    if (std::all_of(group.cells.begin(), group.cells.end(),
                    [&](const auto* cell) { return std::ranges::equal(scored.at(cell->score).scores(), scores); }))
      group.scores = scores;
    const double share = 1.0 / static_cast<double>(group.cells.size());
    for (const plan::CompareCellJob* cell : group.cells) {
      const Scored& one = scored.at(cell->score);
      for (std::size_t o = 0; o < outputs; ++o) {
        group.values[o] += one.values[o] * share;
        for (std::size_t b = 0; b < resamples; ++b) group.resampled[o * resamples + b] += one.resampled[b * outputs + o] * share;
      }
    }
  }
  return groups;
}

Json group_json(const Group& group, const std::map<std::string, Scored>& scored, const std::vector<sdk::Value>& outputs,
                const plan::CompareJob& compare, std::size_t examples) {
  Json cells = Json::array();
  for (const plan::CompareCellJob* cell : group.cells) cells.push_back(cell->cell);
  Json json = {{"group", group.name}, {"cells", cells}, {"outputs", Json::array()}};
  const auto resamples = static_cast<std::size_t>(compare.resamples);
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    const stats::Interval interval = stats::value_interval(
        group.scores, std::span(group.resampled).subspan(o * resamples, resamples), examples, compare.confidence);
    Json by_seed = Json::array();
    Json by_cell = Json::array();
    std::vector<double> seeds;
    for (const plan::CompareCellJob* cell : group.cells) {
      const Scored& one = scored.at(cell->score);
      const stats::Interval own =
          group.cells.size() == 1
              ? interval
              : stats::value_interval(one.scores(), column(one.resampled, outputs.size(), o), examples, compare.confidence);
      seeds.push_back(one.values[o]);
      by_seed.push_back(number(one.values[o]));
      by_cell.push_back({{"cell", cell->cell},
                         {"seed", cell->seed},
                         {"value", number(one.values[o])},
                         {"low", number(own.low)},
                         {"high", number(own.high)}});
    }
    json["outputs"].push_back({{"name", outputs[o].name},
                               {"unit", outputs[o].unit},
                               {"higher_is_better", outputs[o].higher_is_better},
                               {"value", number(group.values[o])},
                               {"low", number(interval.low)},
                               {"high", number(interval.high)},
                               {"seed_sd", seeds.size() > 1 ? number(stats::standard_deviation(seeds)) : Json()},
                               {"by_seed", by_seed},
                               {"by_cell", by_cell}});
  }
  return json;
}

/// Indices (a, b), a before b in the plan's order unless b is the baseline.
std::vector<std::pair<std::size_t, std::size_t>> pairs_of(const std::vector<Group>& groups, const std::string& baseline,
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

}  // namespace

void do_compare(StageWork& work) {
  const plan::CompareJob& compare = work.job.compare.value();
  std::set<std::string> keys;
  for (const plan::CompareCellJob& cell : compare.cells) keys.insert(cell.score);
  const auto [scored, outputs, examples] = read_scores(work, keys, compare.resamples);
  const std::vector<Group> groups = group_cells(compare, scored, outputs.size());

  Json json = {{"metric", work.job.metric->name}, {"dataset", compare.dataset},     {"examples", examples},
               {"confidence", compare.confidence}, {"resamples", compare.resamples}, {"baseline", compare.baseline},
               {"cells", Json::array()},           {"pairs", Json::array()}};
  for (const Group& group : groups) json["cells"].push_back(group_json(group, scored, outputs, compare, examples));
  const auto resamples = static_cast<std::size_t>(compare.resamples);
  std::vector<double> differences(resamples);
  for (const auto& [a, b] : pairs_of(groups, compare.baseline, outputs)) {
    Json pair = {{"a", groups[a].name}, {"b", groups[b].name}, {"outputs", Json::array()}};
    for (std::size_t o = 0; o < outputs.size(); ++o) {
      for (std::size_t i = 0; i < resamples; ++i) {
        differences[i] = groups[a].resampled[o * resamples + i] - groups[b].resampled[o * resamples + i];
      }
      const stats::Interval interval = stats::percentile_interval(differences, compare.confidence, examples);
      const double difference = groups[a].values[o] - groups[b].values[o];
      const stats::PairedTest test = stats::paired_test(groups[a].scores, groups[b].scores, difference, differences, examples);
      pair["outputs"].push_back({{"name", outputs[o].name},
                                 {"difference", number(difference)},
                                 {"low", number(interval.low)},
                                 {"high", number(interval.high)},
                                 {"p_value", number(test.p_value)},
                                 {"test", test.name},
                                 {"detectable", number(stats::detectable_effect(groups[a].scores, groups[b].scores, differences,
                                                                                examples, 1 - compare.confidence))}});
    }
    json["pairs"].push_back(std::move(pair));
  }
  work.write("compare.json", json);
}

}  // namespace assay::run
