#pragma once
#include <assay/sdk/language_model.h>

#include <string>
#include <vector>

namespace assay::models {

/// Stop strings that end an assistant's turn under the model's chat template: the line break that it writes after one.
/// None where a special token ends the turn (that token ends the generation itself). REQUIRES a chat template.
std::vector<std::string> turn_end(const sdk::LanguageModel& model);

}  // namespace assay::models
