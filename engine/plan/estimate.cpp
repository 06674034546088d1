#include "plan/estimate.h"

#include <algorithm>
#include <filesystem>

#include "data/dataset.h"
#include "plan/identity.h"

namespace assay::plan {
namespace {

constexpr double kBytesAToken = 4;
constexpr double kPromptTokensASecond = 8000;
constexpr double kOutputTokensASecond = 1500;
constexpr double kTrainingTokensASecond = 3000;

double dollars(const config::ModelSpec& model, double prompt, double completion, double seconds) {
  if (model.price) return (prompt * model.price->input + completion * model.price->output) / 1e6;
  return model.dollars_per_hour * seconds / 3600;
}

}  // namespace

const Estimates::Size& Estimates::size(const config::DatasetSpec& dataset, bool train) {
  const std::pair key{dataset.name, train};
  const auto found = sizes_.find(key);
  if (found != sizes_.end()) return found->second;
  Size size;
  const auto& file = train ? dataset.train : dataset.test;
  if (!file.empty()) {
    size.rows = data::count_rows(source_of(dataset), train ? data::Split::train : data::Split::test);
    const double bytes = static_cast<double>(std::filesystem::file_size(file));
    size.tokens_a_row = size.rows == 0 ? 0 : std::min(bytes / static_cast<double>(size.rows) / kBytesAToken, 4000.0);
  }
  return sizes_.emplace(key, size).first->second;
}

std::size_t Estimates::rows(const config::DatasetSpec& dataset, bool train) { return size(dataset, train).rows; }

void Estimates::adapt(Stage& stage, const config::DatasetSpec& dataset, const config::ModelSpec& model, const Json& params) {
  if (!stage.trains) return;
  const Size& train = size(dataset, true);
  const double instruction = static_cast<double>(dataset.instruction.size()) / kBytesAToken;
  const double epochs = params.contains("epochs") && params["epochs"].is_number() ? params["epochs"].get<double>() : 1.0;
  const double tokens = epochs * static_cast<double>(train.rows) * (train.tokens_a_row + instruction);
  stage.estimate_tokens = static_cast<std::int64_t>(tokens);
  stage.estimate_seconds = tokens / kTrainingTokensASecond;
  stage.estimate_dollars = model.price ? 0 : dollars(model, 0, 0, stage.estimate_seconds);
}

void Estimates::generate(Stage& stage, const config::DatasetSpec& dataset, const config::ModelSpec& model, const Cell& cell,
                         std::size_t requests) {
  const Size& test = size(dataset, false);
  double prompt = test.tokens_a_row + static_cast<double>(dataset.instruction.size()) / kBytesAToken;
  for (const auto& part : cell.strategy) {
    if (part.params.contains("shots") && part.params["shots"].is_number()) {
      prompt += part.params["shots"].get<double>() * size(dataset, true).tokens_a_row;
    }
  }
  const double n = static_cast<double>(requests);
  const double completion = dataset.choices.empty() ? experiment_.generation.max_tokens / 2.0 : 2.0;
  stage.estimate_tokens = static_cast<std::int64_t>(n * (prompt + completion));
  if (model.source == "simulated") {
    const double latency = model.options.value("latency_ms", 0.0);
    stage.estimate_seconds = n * latency / 1000;
  } else {
    stage.estimate_seconds = n * (prompt / kPromptTokensASecond + completion / kOutputTokensASecond);
  }
  stage.estimate_dollars = dollars(model, n * prompt, n * completion, stage.estimate_seconds);
}

}  // namespace assay::plan
