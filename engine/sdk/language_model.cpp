#include <assay/sdk/language_model.h>

#include <algorithm>

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

}  // namespace assay::sdk
