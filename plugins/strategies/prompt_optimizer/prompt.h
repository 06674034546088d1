#pragma once
#include <assay/sdk/json.h>
#include <assay/sdk/prompt.h>

#include <optional>
#include <string>
#include <vector>

namespace prompt_optimizer {

/// A prompt that is tried: an instruction and the examples that stand before the question.
struct Prompt {
  std::optional<std::string> instruction;  ///< none: the dataset's
  std::vector<assay::sdk::Shot> shots;
  std::string origin;  ///< for people: "as it is", "listed", "slots", "proposed in round 2", "labelled", …
};

/// What `adapt` leaves behind, and what is tried: {"instruction": null | "…", "shots": [{"input","target","rationale"}]}.
assay::Json to_state(const Prompt& prompt);

/// Puts a state's instruction and examples into the draft; an example with the same input as the question is left out.
void apply(const assay::Json& state, const std::string& question, assay::sdk::PromptDraft& draft);

}  // namespace prompt_optimizer
