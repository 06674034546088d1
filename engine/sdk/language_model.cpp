#include <assay/sdk/error.h>
#include <assay/sdk/language_model.h>

#include <algorithm>
#include <unordered_map>

namespace assay::sdk {

std::int64_t LanguageModel::tokens_needed(const Request& request) const {
  if (const auto* embed = std::get_if<Embed>(&request.what)) return count_tokens(Prompt{embed->text, {}});
  if (const auto* generate = std::get_if<Generate>(&request.what)) {
    return count_tokens(generate->prompt) + generate->settings.max_tokens;
  }
  const auto& score = std::get<ScoreChoices>(request.what);
  std::int64_t longest = 0;
  for (const std::string& choice : score.choices) longest = std::max(longest, count_tokens(Prompt{choice, {}}));
  return count_tokens(score.prompt) + longest;
}

std::vector<Completion> ask_all(LanguageModel& model, std::vector<Request> requests) {
  const std::vector<RequestId> ids = model.submit(std::move(requests));
  std::unordered_map<RequestId, std::size_t> waiting;
  for (std::size_t i = 0; i < ids.size(); ++i) waiting.emplace(ids[i], i);
  std::vector<Completion> completions(ids.size());
  while (!waiting.empty()) {
    std::vector<Finished> finished = model.collect();
    if (finished.empty()) {
      throw Error("model '" + model.info().name + "' left " + std::to_string(waiting.size()) + " requests unanswered");
    }
    for (Finished& one : finished) {
      const auto found = waiting.find(one.id);
      if (found == waiting.end()) continue;
      completions[found->second] = std::move(one.completion);
      waiting.erase(found);
    }
  }
  return completions;
}

}  // namespace assay::sdk
