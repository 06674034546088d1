#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "remote_server/answers.h"

namespace assay::test {

/// A local model behind the API: /v1/chat/completions by its chat template, /v1/completions with `echo` and `logprobs`.
/// The `seed` of a request stands for that of the run, so a draw is that of the run's first example.
class ModelAnswers {
 public:
  explicit ModelAnswers(const std::filesystem::path& folder);
  ~ModelAnswers();

  /// From any thread, one at a time.
  ApiAnswer answer(const std::string& path, const Json& body);

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace assay::test
