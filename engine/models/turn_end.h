#pragma once
#include <assay/sdk/language_model.h>

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace assay::models {

/// Stop strings that end an assistant's turn under the model's chat template: the line break that it writes after one.
/// None where a special token ends the turn (that token ends the generation itself). REQUIRES a chat template.
std::vector<std::string> turn_end(const sdk::LanguageModel& model);
/// The same of a template by itself, which writes these messages.
std::vector<std::string> turn_end(const std::function<std::string(std::span<const sdk::Message>)>& render);

}  // namespace assay::models
