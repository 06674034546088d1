#include "run/judging.h"

#include <assay/sdk/error.h>
#include <fmt/core.h>

#include <map>
#include <memory>

#include "data/prompt_file.h"

namespace assay::run {
namespace {

/// Templates as they are met, parsed once.
template <class Open>
std::function<std::string(const std::string&, const Json&)> renderer(Open open) {
  const auto parsed = std::make_shared<std::map<std::string, text::Template>>();
  return [parsed, open](const std::string& name, const Json& variables) {
    auto found = parsed->find(name);
    if (found == parsed->end()) found = parsed->emplace(name, open(name)).first;
    return found->second.render(OrderedJson::parse(variables.dump()));
  };
}

text::Template open_text(const std::string& jinja) {
  text::Template::Options options;
  options.strict = true;
  options.name = "a metric's template";
  return text::Template::parse(jinja, options);
}

}  // namespace

Judging::Judging(StageWork& work) : work_(work) {
  const data::DatasetSource& dataset = work.job.dataset.value();
  sdk::LanguageModel& model =
      work.bench.model(work.job.judge.value(), work.job.threads, {}, dataset, split_of(work.job));
  judge_.emplace(model, work.checkpoints.empty() ? std::filesystem::path() : work.checkpoints / "judge.jsonl");
  for (const sdk::Example& example : work.bench.examples(dataset, split_of(work.job)))
    examples_.emplace(example.input.id, &example);
  if (work.job.against.empty()) return;
  work.bundle(work.job.against).rows("predictions.jsonl", [&](const Json& row) {
    opponents_.emplace(row.at("id").get<std::string>(), row.at("answer").get<std::string>());
  });
}

void Judging::prepare(sdk::ScoringContext& context) const {
  context.instruction = work_.job.instruction;
  context.render = renderer(open_text);
  context.render_file = renderer([](const std::string& file) { return data::open_prompt(file); });
}

void Judging::complete(sdk::Input& input) const {
  if (const auto found = examples_.find(input.id); found != examples_.end()) input.fields = found->second->input.fields;
}

const std::string* Judging::opponent(const std::string& example) const {
  if (work_.job.against.empty()) return nullptr;
  const auto found = opponents_.find(example);
  if (found == opponents_.end())
    throw Error(fmt::format("the cell that example {} is compared with has no answer to it", example));
  return &found->second;
}

void Judging::put(sdk::Request& request) const {
  const auto in_form = [&](sdk::Prompt& prompt) {
    if (!prompt.text.empty() || prompt.messages.empty()) return;
    std::string begun;
    if (prompt.messages.back().role == "assistant") {
      begun = std::move(prompt.messages.back().content);
      prompt.messages.pop_back();
    }
    if (judge_->info().has_chat_template) {
      prompt.text = judge_->render_chat(prompt.messages, true) + begun;
      return;
    }
    for (const sdk::Message& message : prompt.messages)
      prompt.text += (prompt.text.empty() ? "" : "\n\n") + message.content;
    if (!begun.empty()) prompt.text += "\n\n" + begun;
    prompt.messages.clear();
  };
  if (auto* generate = std::get_if<sdk::Generate>(&request.what)) {
    in_form(generate->prompt);
  } else if (auto* score = std::get_if<sdk::ScoreChoices>(&request.what)) {
    in_form(score->prompt);
  }
}

std::vector<std::vector<sdk::Completion>> Judging::ask(const sdk::Metric& metric,
                                                       std::span<const sdk::Prediction> predictions) {
  std::vector<sdk::Request> all;
  std::vector<std::size_t> counts;
  for (const sdk::Prediction& prediction : predictions) {
    std::vector<sdk::Request> requests =
        in_plugin(work_.bench.journal(), work_.job.metric->name, [&] { return metric.ask(prediction); });
    counts.push_back(requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
      requests[i].draw = {work_.job.seed, prediction.input.index, i};
      requests[i].example_id = prediction.input.id;
      put(requests[i]);
      all.push_back(std::move(requests[i]));
    }
  }
  requests_ += all.size();
  std::vector<sdk::Completion> completions = sdk::ask_all(*judge_, std::move(all));
  std::vector<std::vector<sdk::Completion>> answers(predictions.size());
  std::size_t at = 0, failed = 0;
  std::string first;
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    for (std::size_t request = 0; request < counts[i]; ++request, ++at) {
      work_.add_usage(completions[at].usage);
      if (!completions[at].error.empty() && failed++ == 0)
        first = fmt::format("example {}: {}", predictions[i].input.id, completions[at].error);
      answers[i].push_back(std::move(completions[at]));
    }
  }
  if (failed > 0) {
    throw Error(fmt::format("the judge '{}' did not answer {} of {} requests, the first of them about {}",
                            work_.job.judge->name, failed, completions.size(), first));
  }
  return answers;
}

void Judging::log() const {
  const std::string name = work_.job.metric->name + ".judge_";
  work_.kpi(name + "requests", static_cast<double>(requests_), "");
  work_.kpi(name + "prompt_tokens", static_cast<double>(work_.usage().prompt_tokens), "tokens");
  work_.kpi(name + "completion_tokens", static_cast<double>(work_.usage().completion_tokens), "tokens");
}

}  // namespace assay::run
