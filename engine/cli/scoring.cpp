#include "cli/scoring.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <set>

#include "assay/sdk/error.h"
#include "data/prediction_file.h"
#include "run/scored.h"
#include "run/table_part.h"
#include "stats/bootstrap.h"
#include "stats/comparison.h"
#include "stats/resampled.h"

namespace assay::cli {
namespace {

constexpr std::size_t kMostSlices = 1000;

/// Exceptions of a plugin's own types must not outlive its library.
template <class Call>
auto in_metric(const std::string& name, const Call& call) {
  std::string problem;
  try {
    return call();
  } catch (const BadInput& error) {
    problem = fmt::format("metric '{}': {}", name, error.what());
  } catch (const std::exception& error) {
    throw Error(fmt::format("the metric '{}' failed: {}", name, error.what()));
  }
  throw BadInput(problem);
}

}  // namespace

Scoring::Scoring(const config::PluginManifest& plugin, Json params)
    : plugin_(&plugin), params_(std::move(params)), library_(host::LoadedPlugin::load(plugin.library)) {}

const Slice* Scoring::worst(std::size_t output) const {
  std::vector<double> values;
  std::vector<std::size_t> examples;
  for (const Slice& slice : slices_) {
    values.push_back(slice.values[output].value);
    examples.push_back(slice.examples);
  }
  const auto worst = run::worst_slice(values, examples, outputs_[output].higher_is_better);
  return worst ? &slices_[*worst] : nullptr;
}

ScoredFile::ScoredFile(const std::string& file, std::deque<Scoring>& metrics, const data::RowTemplate* by,
                       const Resampling& how)
    : file_(file), metrics_(metrics) {
  look_through();
  score_rows(by);
  for (Scoring& one : metrics_) in_metric(one.plugin_->name, [&] { compute(one, how); });
}

void ScoredFile::look_through() {
  data::PredictionReader reader(file_, file_);
  std::set<std::string> targets;
  while (reader.next()) {
    const data::RecordedPrediction row = reader.prediction();
    if (count_++ == 0) choices_ = row.input.choices;
    targets.insert(row.target);
  }
  if (count_ == 0) throw BadInput(fmt::format("{} has no rows, so there is nothing to score", file_));
  targets_.assign(targets.begin(), targets.end());
}

void ScoredFile::score_rows(const data::RowTemplate* by) {
  for (Scoring& one : metrics_) {
    in_metric(one.plugin_->name, [&] {
      one.metric_ = one.library_.metric(sdk::Params(one.params_));
      one.metric_->begin({.choices = choices_, .targets = targets_});
      one.outputs_ = one.metric_->outputs();
      one.width_ = one.metric_->width();
      one.table_.resize(count_ * one.width_);
    });
  }
  std::map<std::string, std::vector<std::size_t>> slices;
  data::PredictionReader reader(file_, file_);
  for (std::size_t i = 0; reader.next(); ++i) {
    const data::RecordedPrediction row = reader.prediction();
    if (by != nullptr) slices[by->render(row.input.fields, reader.where())].push_back(i);
    if (slices.size() > kMostSlices) {
      throw BadInput(fmt::format(
          "--by makes more than {} slices of {}; group the values, for instance --by '{{{{ text | length // 100 }}}}'",
          kMostSlices, file_));
    }
    const sdk::Usage none;
    const sdk::Prediction prediction{
        row.input, row.target, row.references, row.answer, row.outputs, row.details, none, 0, 0, row.choice_scores};
    for (Scoring& one : metrics_) {
      in_metric(one.plugin_->name,
                [&] { one.metric_->score(prediction, {}, std::span(one.table_).subspan(i * one.width_, one.width_)); });
    }
  }
  for (auto& [name, rows] : slices) {
    slice_names_.push_back(name);
    slice_rows_.push_back(std::move(rows));
  }
}

void ScoredFile::compute(Scoring& one, const Resampling& how) const {
  // One example tells nothing of the spread between examples.
  const int resamples = count_ < 2 ? 0 : how.resamples;
  std::vector<std::size_t> all_rows(count_);
  for (std::size_t i = 0; i < count_; ++i) all_rows[i] = i;
  const std::size_t outputs = one.outputs_.size();
  const auto row = [&](std::size_t i) {
    return std::span<const double>(one.table_).subspan(i * one.width_, one.width_);
  };
  std::vector<run::TablePart> parts;
  parts.reserve(1 + slice_rows_.size());
  parts.emplace_back(row, one.width_, std::move(all_rows), outputs, resamples);
  for (const auto& rows : slice_rows_) parts.emplace_back(row, one.width_, rows, outputs, resamples);

  std::vector<std::vector<double>> values(parts.size(), std::vector<double>(outputs));
  for (std::size_t p = 0; p < parts.size(); ++p) parts[p].values(*one.metric_, values[p]);
  one.signature_ = parts[0].signature(*one.metric_);
  const stats::Resampler resampler(count_, run::kResampleSeed);
  // Where few rows differ, what is drawn is how often each kind of them was.
  const auto kinds =
      slice_rows_.empty() ? stats::kinds_of_rows(one.table_, one.width_, count_ / run::kExamplesAKind) : std::nullopt;
  std::optional<run::TablePart> few;
  if (kinds)
    few.emplace(row, one.width_, std::vector<std::size_t>(kinds->first.begin(), kinds->first.end()), outputs,
                resamples);
  std::vector<double> drawn(kinds ? kinds->size() : count_);
  for (int b = 0; b < resamples; ++b) {
    if (kinds) {
      resampler.counts(b, *kinds, drawn);
      few->resample_weighed(*one.metric_, drawn, b);
      continue;
    }
    resampler.weights(b, drawn);
    for (run::TablePart& part : parts) part.resample(*one.metric_, drawn, b);
  }

  // As a report has them: means over examples by their own scores, all else by resampling.
  const bool means = dynamic_cast<const sdk::PerExampleMetric*>(one.metric_.get()) != nullptr;
  const auto estimate = [&](double value, const run::TablePart& part, const std::vector<double>& resampled) {
    if (resampled.empty()) return Estimate{value, {std::nan(""), std::nan("")}};
    return Estimate{value, stats::value_interval(means ? part.table() : std::span<const double>(), resampled,
                                                 part.size(), how.confidence)};
  };
  for (std::size_t o = 0; o < outputs; ++o)
    one.values_.push_back(
        estimate(values[0][o], parts[0], run::column(few ? few->resampled() : parts[0].resampled(), outputs, o)));
  for (std::size_t p = 1; p < parts.size(); ++p) {
    Slice slice{slice_names_[p - 1], parts[p].size(), {}, {}};
    for (std::size_t o = 0; o < outputs; ++o) {
      std::vector<double> resampled = run::column(parts[p].resampled(), outputs, o);
      slice.values.push_back(estimate(values[p][o], parts[p], resampled));
      for (std::size_t b = 0; b < resampled.size(); ++b) resampled[b] -= parts[0].resampled()[b * outputs + o];
      slice.gaps.push_back(
          {values[p][o] - values[0][o], stats::percentile_interval(resampled, how.confidence, parts[p].size())});
    }
    one.slices_.push_back(std::move(slice));
  }
}

}  // namespace assay::cli
