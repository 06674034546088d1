#include "plan/estimate.h"

#include <algorithm>
#include <limits>

#include "config/job_training.h"
#include "data/dataset.h"

namespace assay::plan {
namespace {

constexpr double kTokensAWord = 4.0 / 3;
constexpr double kBytesAToken = 4;
constexpr double kJudgeTemplateTokens = 150;
constexpr double kPromptTokensASecond = 8000;
constexpr double kOutputTokensASecond = 1500;
constexpr double kTrainingTokensASecond = 3000;
constexpr double kEpochsOfJobs = 3, kSecondsAJob = 600;
constexpr double kSecondsARemoteRequest = 0.02;  // a second each, fifty in flight

double dollars(const config::ModelSpec& model, double prompt, double completion, double seconds) {
  if (model.price) return (prompt * model.price->input + completion * model.price->output) / 1e6;
  return model.dollars_per_hour * seconds / 3600;
}

double number_of(const Json& params, const char* name) {
  return params.contains(name) && params[name].is_number() ? params[name].get<double>() : 0;
}

double tokens_a_row(const data::SplitSummary& split) { return kTokensAWord * (split.input_words + split.target_words); }

}  // namespace

Estimates::Epoch Estimates::epoch(const config::DatasetSpec& dataset, const config::PluginManifest& manifest,
                                  const Json& params, std::size_t train_size) {
  if (const auto files = identities_.conversations(manifest, params); !files.empty()) {
    Epoch held;
    for (const auto& file : files) {
      held.rows += static_cast<double>(file.conversations);
      held.tokens += kTokensAWord * static_cast<double>(file.conversations) * file.words;
    }
    const double wanted = number_of(params, "conversations");
    return wanted > 0 ? Epoch{wanted, held.tokens * wanted / held.rows} : held;
  }
  const data::SplitSummary& train = identities_.rows(dataset, data::Split::train, train_size);
  const double instruction = static_cast<double>(dataset.instruction.size()) / kBytesAToken;
  const double rows = static_cast<double>(train.rows);
  return {rows, rows * (tokens_a_row(train) + instruction)};
}

void Estimates::adapt(Stage& stage, const config::DatasetSpec& dataset, const config::ModelSpec& model,
                      const config::PluginManifest& manifest, const Json& params, std::size_t train_size) {
  if (const auto budget = static_cast<std::int64_t>(number_of(params.value("budget", Json::object()), "tokens"));
      manifest.tries && budget > 0) {
    stage.estimate_tokens = budget;
    stage.estimate_seconds = static_cast<double>(budget) / kPromptTokensASecond;
    stage.estimate_dollars = dollars(model, static_cast<double>(budget), 0, stage.estimate_seconds);
  }
  if (!stage.trains) return;
  const Epoch one = epoch(dataset, manifest, params, train_size);
  const double max_tokens = number_of(params, "max_tokens"), max_steps = number_of(params, "max_steps");
  if (config::trains_by_job(manifest)) {  // by "auto" a provider trains a few epochs
    const double epochs = number_of(params, "n_epochs");
    const double trained = (epochs > 0 ? epochs : kEpochsOfJobs) * one.tokens;
    stage.estimate_tokens = static_cast<std::int64_t>(trained);
    stage.estimate_seconds = kSecondsAJob + trained / kTrainingTokensASecond;
    stage.estimate_dollars = trained * model.options.value("training_price", 0.0) / 1e6;
    return;
  }
  double tokens = std::max(number_of(params, "epochs"), 1.0) * one.tokens;
  if (max_tokens > 0 || max_steps > 0) tokens = max_tokens > 0 ? max_tokens : std::numeric_limits<double>::infinity();
  if (max_steps > 0) {
    const double batch_tokens = number_of(params, "batch_tokens");
    const double batch = batch_tokens > 0
                             ? batch_tokens
                             : std::max(number_of(params, "batch_size"), 1.0) * one.tokens / std::max(one.rows, 1.0);
    tokens = std::min(tokens, max_steps * batch * std::max(number_of(params, "gradient_accumulation"), 1.0));
  }
  stage.estimate_tokens = static_cast<std::int64_t>(tokens);
  stage.estimate_seconds = tokens / kTrainingTokensASecond;
  stage.estimate_dollars = model.price ? 0 : dollars(model, 0, 0, stage.estimate_seconds);
}

void Estimates::generate(Stage& stage, const config::DatasetSpec& dataset, const config::ModelSpec& model,
                         const std::vector<config::StrategySetting>& strategy, data::Split split,
                         std::size_t requests) {
  const data::SplitSummary& asked = identities_.rows(dataset, split);
  double prompt = kTokensAWord * asked.input_words + static_cast<double>(dataset.instruction.size()) / kBytesAToken;
  for (const auto& part : strategy) {
    if (part.params.contains("shots") && part.params["shots"].is_number()) {
      prompt += part.params["shots"].get<double>() * tokens_a_row(identities_.rows(dataset, data::Split::train));
    }
  }
  const double n = static_cast<double>(requests);
  const double completion = dataset.choices.empty() ? experiment_.generation.max_tokens / 2.0 : 2.0;
  ask(stage, model, n, prompt, completion);
}

void Estimates::judge(Stage& stage, const config::DatasetSpec& dataset, const config::ModelSpec& model,
                      const Json& params, data::Split split) {
  const data::SplitSummary& judged = identities_.rows(dataset, split);
  const bool both_orders = params.value("mode", "") == "pairwise";
  const double answer = kTokensAWord * judged.target_words;
  const double prompt = kJudgeTemplateTokens + kTokensAWord * judged.input_words + (both_orders ? 2 : 1) * answer +
                        static_cast<double>(dataset.instruction.size()) / kBytesAToken;
  const double completion =
      params.value("verdict", "") == "chosen" ? 2.0 : std::max(number_of(params, "max_tokens") / 4, 2.0);
  ask(stage, model, static_cast<double>(judged.rows) * (both_orders ? 2 : 1), prompt, completion);
}

void Estimates::ask(Stage& stage, const config::ModelSpec& model, double n, double prompt, double completion) const {
  stage.estimate_tokens = static_cast<std::int64_t>(n * (prompt + completion));
  if (model.source == "recorded") {
    stage.estimate_seconds = 0;
  } else if (model.source == "simulated") {
    const double latency = model.options.value("latency_ms", 0.0);
    stage.estimate_seconds = n * latency / 1000;
  } else if (model.is_remote()) {
    const double a_minute = model.options.value("/limits/requests_per_minute"_json_pointer, 0.0);
    stage.estimate_seconds = a_minute > 0 ? n / a_minute * 60 : n * kSecondsARemoteRequest;
  } else {
    stage.estimate_seconds = n * (prompt / kPromptTokensASecond + completion / kOutputTokensASecond);
  }
  stage.estimate_dollars = dollars(model, n * prompt, n * completion, stage.estimate_seconds);
}

}  // namespace assay::plan
