#include "models/remote/completion_json.h"

#include <cmath>
#include <limits>

namespace assay::models::remote {
namespace {

Json numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(std::isfinite(value) ? Json(value) : Json());
  return list;
}

std::vector<double> numbers_from(const Json& list) {
  std::vector<double> values;
  for (const Json& value : list)
    values.push_back(value.is_null() ? -std::numeric_limits<double>::infinity() : value.get<double>());
  return values;
}

}  // namespace

Json to_json(const sdk::Completion& completion) {
  Json json = {{"ms", completion.milliseconds}};
  const sdk::Usage& usage = completion.usage;
  json["usage"] = {usage.prompt_tokens, usage.cached_prompt_tokens, usage.completion_tokens, usage.estimated};
  for (const sdk::Sample& sample : completion.samples) {
    Json one = {sample.text, sample.finish_reason};
    if (!sample.log_probabilities.empty()) one.push_back(numbers(sample.log_probabilities));
    json["samples"].push_back(std::move(one));
  }
  if (!completion.choice_scores.empty()) {
    json["choice_scores"] = numbers(completion.choice_scores);
    json["choice"] = completion.choice;
  }
  if (!completion.embedding.empty()) json["embedding"] = completion.embedding;
  return json;
}

sdk::Completion completion_from_json(const Json& json) {
  sdk::Completion completion;
  completion.milliseconds = json.at("ms");
  const Json& usage = json.at("usage");
  completion.usage = {.prompt_tokens = usage.at(0),
                      .cached_prompt_tokens = usage.at(1),
                      .completion_tokens = usage.at(2),
                      .estimated = usage.at(3)};
  for (const Json& one : json.value("samples", Json::array())) {
    completion.samples.push_back(
        {one.at(0), one.at(1), one.size() > 2 ? numbers_from(one.at(2)) : std::vector<double>()});
  }
  completion.choice_scores = numbers_from(json.value("choice_scores", Json::array()));
  completion.choice = json.value("choice", std::size_t{0});
  completion.embedding = json.value("embedding", std::vector<float>());
  return completion;
}

}  // namespace assay::models::remote
