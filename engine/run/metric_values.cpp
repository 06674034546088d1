#include "run/metric_values.h"

#include <assay/sdk/error.h>
#include <assay/sdk/metric.h>
#include <fmt/core.h>

#include <set>

#include "run/predictions.h"

namespace assay::run {
namespace {

/// Where the wanted value stands among those of the metric.
std::size_t place_of(const std::string& wanted, const std::string& metric, const std::vector<sdk::Value>& outputs) {
  std::string known;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].name == wanted) return i;
    known += (known.empty() ? "" : ", ") + outputs[i].name;
  }
  if (wanted == metric && !outputs.empty()) return 0;
  throw BadInput(fmt::format("select: {} is none of the values of '{}': {}", wanted, metric, known));
}

}  // namespace

MetricValues::MetricValues(StageWork& work, const std::string& value, std::span<const sdk::Example* const> examples,
                           std::span<const Asked> asked, double seconds)
    : work_(work), metric_(work.bench.metric(work.job.metric.value())) {
  std::set<std::string> targets;
  for (const sdk::Example* example : examples) targets.insert(example->target);
  in_plugin(work_.bench.journal(), work_.job.metric->name, [&] {
    const std::vector<std::string> sorted(targets.begin(), targets.end());
    metric_->begin(
        {examples.empty() ? std::vector<std::string>{} : examples.front()->input.choices, sorted, seconds, 1});
    const std::vector<sdk::Value> outputs = metric_->outputs();
    values_ = outputs.size();
    place_ = place_of(value, work_.job.metric->name, outputs);
    output_ = outputs[place_];
    width_ = metric_->width();
    table_.resize(width_ * examples.size());
    for (std::size_t i = 0; i < examples.size(); ++i) {
      const sdk::Example& example = *examples[i];
      const Asked& one = asked[i];
      const Json row = prediction_row(one, example);
      const auto texts = row.at("outputs").get<std::vector<std::string>>();
      const std::vector<double> scores = choice_scores(row, example.input.choices.size());
      metric_->score({example.input, example.target, example.references, one.answer.text, texts, one.answer.details,
                      one.usage, one.milliseconds, 0.0, scores},
                     {}, std::span(table_).subspan(i * width_, width_));
    }
  });
}

double MetricValues::value_of(std::span<const double> rows, std::size_t count) const {
  const std::vector<double> weights(count, 1.0);
  std::vector<double> values(values_);
  in_plugin(work_.bench.journal(), work_.job.metric->name,
            [&] { metric_->values(sdk::Rows(rows, width_, weights), values); });
  return values[place_];
}

double MetricValues::of_all() const { return value_of(table_, width_ == 0 ? 0 : table_.size() / width_); }

double MetricValues::of_row(std::size_t row) const {
  return value_of(std::span(table_).subspan(row * width_, width_), 1);
}

}  // namespace assay::run
