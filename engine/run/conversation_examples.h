#pragma once
#include <cstdint>
#include <vector>

#include "assay/sdk/strategy.h"
#include "models/local/local_model.h"
#include "train/backend.h"

namespace assay::run {

/// Conversations as training examples.
struct ConversationExamples {
  std::vector<train::TrainingExample> examples;
  std::int64_t conversations = 0;  ///< taken from the mixture
  std::int64_t dropped = 0;        ///< texts too long for the context
  std::int64_t truncated = 0;      ///< texts
};

/// The mixture of `data` in the texts of models::ChatTemplate::learnt_texts, with weight on the tokens of what is learnt.
/// @throws BadInput where there is no template, where it cannot tell the turns, or where a text is too long and
///         `data.too_long` is `fail`.
[[nodiscard]] ConversationExamples conversation_examples(const sdk::ConversationData& data,
                                                         const models::LocalModel& model, std::uint64_t seed);

}  // namespace assay::run
