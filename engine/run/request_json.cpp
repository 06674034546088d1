#include "run/request_json.h"

#include "plan/job.h"

namespace assay::run {
namespace {

Json to_json(const sdk::Prompt& prompt) {
  Json messages = Json::array();
  for (const sdk::Message& message : prompt.messages) messages.push_back({message.role, message.content});
  return {prompt.text, std::move(messages)};
}

}  // namespace

Json to_json(const sdk::Request& request) {
  if (const auto* generate = std::get_if<sdk::Generate>(&request.what)) {
    return {"generate", to_json(generate->prompt), plan::to_json(generate->settings), generate->samples,
            generate->log_probabilities};
  }
  if (const auto* score = std::get_if<sdk::ScoreChoices>(&request.what)) {
    return {"score", to_json(score->prompt), score->choices, score->length_normalized};
  }
  const auto& embed = std::get<sdk::Embed>(request.what);
  return {"embed", embed.text, static_cast<int>(embed.pooling)};
}

std::string name_of(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace assay::run
