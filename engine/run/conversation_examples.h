#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "assay/sdk/strategy.h"
#include "data/conversations.h"
#include "models/local/local_model.h"
#include "text/jinja/template.h"
#include "text/tokenizer.h"
#include "train/backend.h"

namespace assay::run {

/// Conversations as training examples.
struct ConversationExamples {
  std::vector<train::TrainingExample> examples;
  std::int64_t conversations = 0;  ///< taken from the mixture
  std::int64_t dropped = 0;        ///< too long for the context
  std::int64_t truncated = 0;
};

/// Writes the mixture of `data` by the chat template and marks the assistant's turns, their end markers included: by the
/// template's generation blocks, or, where it has none, as what rendering one message more adds to the prompt before it.
/// @throws BadInput where there is no template, where neither way tells the turns, or where a conversation is too long and
///         `data.too_long` is `fail`.
[[nodiscard]] ConversationExamples conversation_examples(const sdk::ConversationData& data, const models::LocalModel& model, std::uint64_t seed);

/// A rendered conversation and the bytes that are learnt: [begin, end), in order. For tests.
struct RenderedConversation {
  std::string text;
  std::vector<std::pair<std::size_t, std::size_t>> learnt;
};
[[nodiscard]] RenderedConversation render_conversation(const data::Conversation& conversation, const text::Template& chat_template,
                                                       const text::Tokenizer& tokenizer);

}  // namespace assay::run
