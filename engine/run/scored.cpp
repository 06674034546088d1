#include "run/scored.h"

#include <assay/sdk/error.h>
#include <fmt/core.h>

#include <cmath>
#include <optional>

#include "data/dataset.h"

namespace assay::run {
namespace {

Scored read(StageWork& work, const std::string& key, ScoredCells& all) {
  const store::Bundle bundle = work.bundle(key);
  const Json scores = bundle.json("scores.json");
  const Json context = bundle.json("context.json");
  Scored scored;
  scored.metric = work.bench.metric(work.job.metric.value());
  const auto choices = context.at("choices").get<std::vector<std::string>>();
  const auto targets = context.at("targets").get<std::vector<std::string>>();
  in_plugin(work.bench.journal(), work.job.metric->name, [&] {
    scored.metric->begin(
        {choices, targets, context.at("wall_seconds").get<double>(), context.at("concurrency").get<int>()});
    all.outputs = scored.metric->outputs();
    scored.width = scored.metric->width();
  });
  scored.table = ScoreTable(bundle, scored.width);
  const std::size_t rows = scored.width == 0 ? 0 : scored.table.examples();
  if (dynamic_cast<const sdk::PerExampleMetric*>(scored.metric.get())) {
    scored.own.resize(rows);
    for (std::size_t i = 0; i < rows; ++i) scored.own[i] = scored.table.row(i)[0];
  }
  if (all.examples != 0 && rows != all.examples) {
    throw Error(fmt::format("scores of '{}' are of {} and of {} examples and cannot be compared in pairs",
                            work.job.metric->name, all.examples, rows));
  }
  all.examples = rows;
  for (const Json& value : scores.at("values"))
    scored.values.push_back(value.is_number() ? value.get<double>() : std::nan(""));
  return scored;
}

/// One cell's rows with what a resample weighs them by.
struct Weighed {
  Scored& scored;
  std::vector<double> rows, weights;  ///< none where they are the table's, and the examples'

  void values(const std::vector<double>& drawn, std::span<double> out) {
    const ScoreTable& table = scored.table;
    if (!rows.empty()) return scored.metric->values(sdk::Rows(rows, scored.width, drawn), out);
    if (table.kinds().empty()) return scored.metric->values(sdk::Rows(table.rows(), scored.width, drawn), out);
    weights.resize(table.kinds().size());
    table.kinds().sum(drawn, weights);
    scored.metric->values(sdk::Rows(table.rows(), scored.width, weights), out);
  }
};

/// Kinds of examples over all cells together, where they are so few that drawing them spares work.
std::optional<stats::Kinds> kinds_of(const ScoredCells& all) {
  std::vector<const stats::Kinds*> parts;
  for (const auto& [key, one] : all.by_key) {
    if (one.table.kinds().empty()) return {};
    parts.push_back(&one.table.kinds());
  }
  return stats::joint(parts, all.examples / kExamplesAKind);
}

void resample(StageWork& work, ScoredCells& all, int resamples) {
  const std::size_t outputs = all.outputs.size();
  const stats::Resampler resampler = all.resampler();
  const std::optional<stats::Kinds> kinds = kinds_of(all);
  std::vector<Weighed> cells;
  for (auto& [key, one] : all.by_key) {
    one.resampled.resize(static_cast<std::size_t>(resamples) * outputs);
    cells.push_back({one, kinds ? one.table.rows_of(kinds->first) : std::vector<double>(), {}});
  }
  std::vector<double> drawn(kinds ? kinds->size() : all.examples);
  in_plugin(work.bench.journal(), work.job.metric->name, [&] {
    for (int b = 0; b < resamples; ++b) {
      if (kinds) {
        resampler.counts(b, *kinds, drawn);
      } else {
        resampler.weights(b, drawn);
      }
      for (Weighed& cell : cells)
        cell.values(drawn, std::span(cell.scored.resampled).subspan(static_cast<std::size_t>(b) * outputs, outputs));
      if (b % 200 == 0) work.progress(b, resamples);
    }
  });
}

void find_clusters(const plan::Job& job, ScoredCells& all) {
  if (job.cluster.empty()) return;
  all.clusters = stats::Clusters::from(labels_of(job, "cluster", job.cluster, all.examples));
}

}  // namespace

stats::Resampler ScoredCells::resampler() const {
  return clusters ? stats::Resampler(*clusters, kResampleSeed) : stats::Resampler(examples, kResampleSeed);
}

ScoredCells read_scores(StageWork& work, const std::set<std::string>& keys, int resamples) {
  ScoredCells all;
  for (const std::string& key : keys) all.by_key.emplace(key, read(work, key, all));
  find_clusters(work.job, all);
  resample(work, all, resamples);
  return all;
}

std::vector<std::string> labels_of(const plan::Job& job, const std::string& key, const std::string& what,
                                   std::size_t examples) {
  std::vector<std::string> labels = data::labels(job.dataset.value(), data::Split::test, key, what);
  if (labels.size() != examples)
    throw Error(
        fmt::format("'{}' ({}) labels {} examples, and there are scores of {}", key, what, labels.size(), examples));
  return labels;
}

std::vector<double> column(const std::vector<double>& resampled, std::size_t outputs, std::size_t output) {
  std::vector<double> values(resampled.size() / outputs);
  for (std::size_t b = 0; b < values.size(); ++b) values[b] = resampled[b * outputs + output];
  return values;
}

}  // namespace assay::run
