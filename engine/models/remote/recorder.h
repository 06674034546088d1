#pragma once
#include <string>
#include <unordered_set>
#include <vector>

#include "assay/sdk/language_model.h"

namespace assay::models::remote {

/// Adds exchanges to a JSONL file from which `source: recorded` answers: {"prompt", "messages" of a conversation, "output"
/// (a text, or a list of samples), "usage", "model", "key"}. What is in the file already is not added again. Choices that
/// are scored and vectors have no place in it.
class Recorder {
 public:
  /// @throws Error where the file cannot be written
  explicit Recorder(std::string file);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// `key` names the request; `secrets` are taken out of what is written. @throws Error where it cannot be written
  void add(const std::string& key, const sdk::Request&, const sdk::Completion&, const std::string& model,
           const std::vector<std::string>& secrets);

 private:
  std::string file_;
  int descriptor_ = -1;
  std::unordered_set<std::string> there_;
};

}  // namespace assay::models::remote
