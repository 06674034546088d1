#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "assay/sdk/prompt.h"

namespace assay::models::remote {

enum class TuningMethod { supervised, dpo };

/// A row as a fine-tuning job learns it.
struct TuningExample {
  std::string id;                      ///< the row's, for messages
  std::vector<sdk::Message> messages;  ///< the question
  std::string answer;
  std::string rejected = {};  ///< dpo: an answer that is worse
};

/// A file for a fine-tuning job.
struct TuningFile {
  std::string content;  ///< JSONL
  std::size_t examples = 0;
  std::int64_t tokens = 0;  ///< estimated: the server's tokenizer is not here
};

/// The file of a job's training or validation rows (`what`: "training", "validation") in OpenAI's chat form
/// (platform.openai.com/docs/guides/fine-tuning), for dpo in its preference form, by the published rules: at least 10
/// training examples; roles system, developer, user, assistant; a question that does not end with the assistant; an answer that is
/// not empty, and for dpo another one than what is rejected; 512 MB; where `model` is one whose window in training is
/// published, no longer example than that. @throws BadInput naming the row
TuningFile tuning_file(std::span<const TuningExample>, TuningMethod, const std::string& model, const std::string& what);

/// Training examples that a job must have.
inline constexpr std::size_t kLeastTuningExamples = 10;

}  // namespace assay::models::remote
