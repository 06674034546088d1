#pragma once
#include <assay/sdk/example.h>
#include <assay/sdk/json.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "data/conversations.h"
#include "models/local/local_model.h"
#include "run/prompting.h"
#include "train/backend.h"

namespace assay::run {

/// A dataset's rows as a model learns them: the prompt as inference sees it, then the answer, which alone is learnt.
/// @throws BadInput naming a row that does not fit the model's window.
std::vector<train::TrainingExample> row_texts(const std::vector<sdk::Example>& examples, const models::LocalModel& model,
                                              const Prompter& prompter, const std::string& instruction);

/// What becomes of a conversation that is longer than the window.
enum class TooLong { error, cut, leave_out };

/// A conversation as a model learns it by its chat template: one text with loss on the assistant's turns, or several
/// (ChatTemplate::learnt_texts). Tokens are those of the whole text; one that reaches across the beginning of a turn is
/// learnt, one that reaches across its end is not. A text that is cut ends with its last turn that fits; one of which no
/// turn fits is left out.
/// @throws BadInput naming the conversation that is too long, where that is an error.
std::vector<train::TrainingExample> conversation_texts(const data::Conversation& conversation, const models::ChatTemplate& chat,
                                                       const text::Tokenizer& tokenizer, std::int64_t window, TooLong too_long);

/// One of several sets of texts, and how often each of its texts is read in an epoch.
struct WeightedTexts {
  std::vector<train::TrainingExample> texts;
  double weight = 1;
};

/// The texts of an epoch: of each set weight · size (rounded, one at least), whole sets first, what is left over drawn by
/// the seed.
std::vector<train::TrainingExample> mixed(std::span<const WeightedTexts> sets, std::uint64_t seed);

/// What the engine's parameters of conversations ask for (sdk's conversation_parameters.h): the files, read, tokenized and
/// mixed with the dataset's own rows. `log` gets a line a file.
std::vector<train::TrainingExample> conversation_mixture(const Json& params, std::vector<train::TrainingExample> rows,
                                                         const models::LocalModel& model, std::uint64_t seed,
                                                         const std::function<void(const std::string&)>& log);

}  // namespace assay::run
