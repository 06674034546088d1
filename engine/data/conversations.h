#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "assay/sdk/language_model.h"

namespace assay::data {

/// Several turns, of which those that are `learnt` count in the loss.
struct Conversation {
  std::vector<sdk::Message> messages;
  std::vector<bool> learnt;  ///< a flag a message; only an assistant's may be set
  std::string where;         ///< "chats.jsonl, row 3 (line 4)"
};

/// Reads a file of conversations, .jsonl (an object a line) or .json (an array of objects), in one of three shapes, told
/// apart row by row:
/// - OpenAI's: {"messages": [{"role", "content", "weight"}]}; an assistant's message of weight 0 is context only
/// - ShareGPT's: {"conversations": [{"from": "human" | "gpt" | "system", "value"}]}, with an optional "system"
/// - Alpaca's: {"instruction", "input", "output"}, with optional "system" and "history" [[question, answer], …]
/// @throws BadInput naming the row and what is wrong with it: another shape, an unknown role, no answer of an assistant.
[[nodiscard]] std::vector<Conversation> read_conversations(const std::filesystem::path& file);

struct ConversationSummary {
  std::size_t conversations = 0;
  double words = 0;  ///< mean words of a conversation
};
/// @throws as read_conversations does
[[nodiscard]] ConversationSummary summarize_conversations(const std::filesystem::path& file);

/// Which conversations of several sets make an epoch: {set, index within it}. Each set gives its share of `count` by
/// weight (largest remainders first), in an order drawn by the seed, from the start again where it has fewer. `count` 0:
/// as many as the sets hold together; no weights: the sets' sizes.
[[nodiscard]] std::vector<std::pair<std::size_t, std::size_t>> mixture(std::span<const std::size_t> sizes,
                                                                       std::span<const double> weights,
                                                                       std::int64_t count, std::uint64_t seed);

}  // namespace assay::data
