#pragma once
#include <assay/sdk/prompt.h>

#include <filesystem>
#include <string>
#include <vector>

namespace assay::data {

/// Messages in turn, and which of them a model should learn to write.
struct Conversation {
  std::vector<sdk::Message> messages;  ///< roles: system, user, assistant, tool
  std::vector<bool> learnt;            ///< one a message: the assistant's, but for those that the file gives the weight 0
  std::string where;                   ///< "chats.jsonl, row 3"
};

/// Reads conversations as they are published, row by row in whichever of these shapes:
///   {"messages": [{"role", "content"}, …]}        OpenAI's fine-tuning files; a message's "weight": 0 is not learnt;
///                                                 content is a text, or a list of {"type": "text", "text"}
///   {"conversations": [{"from", "value"}, …]}     ShareGPT's: human and gpt; "system" may stand beside it
///   {"instruction", "input", "output"}            Alpaca's: one turn; a blank line parts instruction and input
/// Files: .jsonl, .csv, .tsv as RowReader reads them, or .json, one list of rows.
/// @throws BadInput naming file and row: another shape, an unknown role, a conversation without an answer, an empty file.
std::vector<Conversation> read_conversations(const std::filesystem::path& file);

}  // namespace assay::data
