#include "run/predictions.h"

#include <assay/sdk/error.h>
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace assay::run {

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
  Json row = {{"id", example.input.id},          {"index", example.input.index},
              {"input", example.input.text},     {"prompt", asked.prompts.empty() ? "" : asked.prompts.front()},
              {"outputs", std::move(outputs)},   {"answer", asked.answer.text},
              {"target", example.target},        {"references", example.references},
              {"details", asked.answer.details}, {"usage", to_json(asked.usage)},
              {"ms", asked.milliseconds}};
  if (!example.input.choices.empty()) row["choices"] = example.input.choices;
  if (asked.input->choices != example.input.choices) row["asked_choices"] = asked.input->choices;
  if (asked.prompts.size() > 1) row["prompts"] = asked.prompts;
  for (std::size_t i = 0; i < asked.fitted.size(); ++i) {
    const Fitted& fitted = asked.fitted[i];
    if (!fitted.cut()) continue;
    row["fitted"].push_back({{"request", i},
                             {"shots_dropped", fitted.shots_dropped},
                             {"passages_dropped", fitted.passages_dropped},
                             {"input_tokens_cut", fitted.input_tokens_cut},
                             {"prompt_tokens", fitted.prompt_tokens}});
  }
  if (std::any_of(asked.steps.begin(), asked.steps.end(), [](const std::string& step) { return !step.empty(); })) {
    row["steps"] = asked.steps;
  }
  for (const auto& [name, found] : asked.answer.numbers) row["numbers"][name] = found.value;
  if (scored) row["choice_scores"] = std::move(scores);
  return row;
}

std::vector<double> choice_scores(const Json& row, std::size_t choices) {
  std::vector<double> scores;
  for (const Json& of_request : row.value("choice_scores", Json::array())) {
    if (of_request.empty()) continue;
    scores.clear();
    for (const Json& score : of_request) scores.push_back(score.is_number() ? score.get<double>() : std::nan(""));
  }
  return scores.size() == choices ? scores : std::vector<double>();
}

void refuse_errors(const std::vector<Asked>& asked) {
  const auto has_error = [](const Asked& one) { return !one.error.empty(); };
  const auto errors = std::count_if(asked.begin(), asked.end(), has_error);
  if (errors == 0) return;
  const Asked& first = *std::find_if(asked.begin(), asked.end(), has_error);
  throw Error(fmt::format("{} of {} examples could not be asked; the first, {}: {}", errors, asked.size(),
                          first.input->id, first.error));
}

}  // namespace assay::run
