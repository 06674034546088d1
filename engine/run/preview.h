#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "run/context_budget.h"

namespace assay::run {

/// A request as a cell would make it.
struct PreviewedRequest {
  std::string prompt;                ///< the exact text
  std::int64_t prompt_tokens = 0;    ///< as the model counts them
  int max_tokens = 0;                ///< of output; 0 where choices are scored
  std::vector<std::string> choices;  ///< continuations that are scored
  Fitted fitted;                     ///< what `prompt.fit` took
};

/// What a row's exchange begins with.
struct Preview {
  std::string id;           ///< Input::id
  std::string trial;        ///< of a tuned cell: the setting shown, which need not be the one that will be chosen
  std::int64_t window = 0;  ///< the model's, in tokens; 0 = unknown
  std::vector<PreviewedRequest> requests;
  std::string error;  ///< why it could not be asked, empty where it can
};

/// Composes and renders what a cell asks first about a row of its test split (`row`: its id; empty for the first),
/// without asking it (strategies that consult the model before they compose do). Prompt-side state comes from `finished`, a stage's bundle or nothing, and else is made for the moment;
/// what training leaves changes no prompt. Runs plugins in this process: it must have nothing to lose.
/// @throws BadInput where there is no such row; what composing throws.
Preview preview(const plan::Plan& plan, const plan::Cell& cell, const std::string& row,
                const std::function<std::optional<std::filesystem::path>(const plan::Stage&)>& finished);

}  // namespace assay::run
