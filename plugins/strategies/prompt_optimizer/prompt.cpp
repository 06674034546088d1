#include "prompt.h"

namespace prompt_optimizer {

using assay::Json;
using namespace assay::sdk;

Json to_state(const Prompt& prompt) {
  Json shots = Json::array();
  for (const Shot& shot : prompt.shots)
    shots.push_back({{"input", shot.input}, {"target", shot.target}, {"rationale", shot.rationale}});
  return {{"instruction", prompt.instruction ? Json(*prompt.instruction) : Json()}, {"shots", std::move(shots)}};
}

void apply(const Json& state, const std::string& question, PromptDraft& draft) {
  if (const Json& instruction = state.at("instruction"); instruction.is_string()) draft.instruction = instruction;
  for (const Json& shot : state.at("shots")) {
    if (shot.at("input") == question) continue;
    draft.shots.push_back({shot.at("input"), shot.at("target"), shot.at("rationale")});
  }
}

}  // namespace prompt_optimizer
