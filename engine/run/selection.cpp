#include "run/selection.h"

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

Selection::Selection(StageWork& work, std::string value, const std::vector<sdk::Example>& train, const std::vector<sdk::Example>& validation)
    : work_(work), value_(std::move(value)), train_(train), validation_(validation) {}

train::Score Selection::operator()(const std::filesystem::path& adapter, bool training, std::span<const std::size_t> rows) {
  const std::vector<sdk::Example>& examples = training ? train_ : validation_;
  std::vector<const sdk::Input*> inputs;
  std::set<std::string> targets;
  for (const std::size_t row : rows) {
    inputs.push_back(&examples.at(row).input);
    targets.insert(examples[row].target);
  }
  const auto model = work_.bench.adapted(work_.job.model.value(), work_.job.threads, {adapter});
  const double start = seconds_now();
  const std::vector<Asked> asked = Asking(work_, *model).ask(inputs);
  refuse_errors(asked);
  const double seconds = seconds_now() - start;

  const std::shared_ptr<sdk::Metric> metric = work_.bench.metric(work_.job.metric.value());
  return in_plugin(work_.bench.journal(), work_.job.metric->name, [&] {
    const std::vector<std::string> sorted(targets.begin(), targets.end());
    metric->begin({inputs.empty() ? std::vector<std::string>{} : inputs.front()->choices, sorted, seconds, 1});
    const std::vector<sdk::Value> outputs = metric->outputs();
    const std::size_t at = place_of(value_, work_.job.metric->name, outputs);
    const std::size_t width = metric->width();
    std::vector<double> table(width * rows.size()), values(outputs.size());
    const std::vector<double> weights(rows.size(), 1.0);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const sdk::Example& example = examples[rows[i]];
      const Asked& one = asked[i];
      const Json row = prediction_row(one, example);
      const auto texts = row.at("outputs").get<std::vector<std::string>>();
      const std::vector<double> scores = choice_scores(row, example.input.choices.size());
      metric->score({example.input, example.target, example.references, one.answer.text, texts, one.answer.details, one.usage,
                     one.milliseconds, 0.0, scores},
                    {}, std::span(table).subspan(i * width, width));
    }
    metric->values(sdk::Rows(table, width, weights), values);
    return train::Score{values[at], outputs[at].higher_is_better};
  });
}

}  // namespace assay::run
