#include <assay/sdk/error.h>
#include <fmt/core.h>

#include <algorithm>

#include "run/asking.h"
#include "run/stage.h"

namespace assay::run {
namespace {

constexpr std::size_t kWindow = 1024;  // examples in memory at once

Json prediction_row(const Asked& asked, const sdk::Example& example) {
  Json outputs = Json::array();
  Json scores = Json::array();
  bool scored = false;
  for (std::size_t i = 0; i < asked.completions.size(); ++i) {
    const sdk::Completion& completion = asked.completions[i];
    for (const sdk::Sample& sample : completion.samples) outputs.push_back(sample.text);
    Json of_request = Json::array();
    for (const double score : completion.choice_scores) of_request.push_back(number(score));
    if (!completion.choice_scores.empty()) {
      outputs.push_back(completion.choice < asked.choices[i].size() ? asked.choices[i][completion.choice] : "");
      scored = true;
    }
    scores.push_back(std::move(of_request));
  }
  Json row = {{"id", example.input.id},
              {"index", example.input.index},
              {"prompt", asked.prompts.empty() ? "" : asked.prompts.front()},
              {"outputs", std::move(outputs)},
              {"answer", asked.answer.text},
              {"target", example.target},
              {"references", example.references},
              {"details", asked.answer.details},
              {"usage", to_json(asked.usage)},
              {"ms", asked.milliseconds}};
  if (!example.input.choices.empty()) row["choices"] = example.input.choices;
  if (asked.prompts.size() > 1) row["prompts"] = asked.prompts;
  if (scored) row["choice_scores"] = std::move(scores);
  return row;
}

/// Nothing is left out silently: a cell with examples that could not be asked has no result.
void refuse_errors(const std::vector<Asked>& asked) {
  const auto has_error = [](const Asked& one) { return !one.error.empty(); };
  const auto errors = std::count_if(asked.begin(), asked.end(), has_error);
  if (errors == 0) return;
  const Asked& first = *std::find_if(asked.begin(), asked.end(), has_error);
  throw Error(fmt::format("{} of {} examples could not be asked; the first, {}: {}", errors, asked.size(), first.input->id,
                          first.error));
}

}  // namespace

void do_generate(StageWork& work) {
  const data::Split split = split_of(work.job);
  const auto& examples = work.bench.examples(work.job.dataset.value(), split);
  sdk::LanguageModel& model = work.bench.model(work.job.model.value(), work.job.threads, trained_adapters(work),
                                               *work.job.dataset, split);
  Asking asking(work, model);
  store::RowsWriter rows(work.out.folder() / "predictions.jsonl");
  const double start = seconds_now();
  std::size_t requests = 0;
  for (std::size_t begin = 0; begin < examples.size(); begin += kWindow) {
    const std::size_t end = std::min(begin + kWindow, examples.size());
    std::vector<const sdk::Input*> inputs;
    for (std::size_t i = begin; i < end; ++i) inputs.push_back(&examples[i].input);
    const std::vector<Asked> asked = asking.ask(inputs);
    refuse_errors(asked);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      requests += asked[i].prompts.size();
      rows.write(prediction_row(asked[i], examples[begin + i]));
    }
    work.progress(static_cast<std::int64_t>(end), static_cast<std::int64_t>(examples.size()));
  }
  rows.close();
  const double seconds = seconds_now() - start;
  work.out.timing["asking_seconds"] = seconds;
  work.kpi("generate_seconds", seconds, "s");
  work.kpi("examples", static_cast<double>(examples.size()), "", true);
  work.kpi("requests", static_cast<double>(requests), "");
  work.kpi("prompt_tokens", static_cast<double>(work.usage().prompt_tokens), "tokens");
  work.kpi("completion_tokens", static_cast<double>(work.usage().completion_tokens), "tokens");
}

}  // namespace assay::run
