#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "remote_server/answers.h"

namespace assay::test {

/// OpenAI's /files and /fine_tuning/jobs: jobs go through their states as time passes, a step each tick. Files are checked by
/// the published rules. A model whose name holds "fails" fails after its second step. Lists come in pages of seven at most.
class FineTuning {
 public:
  struct Options {
    double tick_seconds = 0.02;
    bool keeps_metadata = true;  ///< some servers drop it
  };
  explicit FineTuning(Options options) : options_(options) {}

  /// Nothing for other paths. `target`: path and query.
  std::optional<ApiAnswer> answer(const std::string& method, const std::string& target, const std::string& content_type,
                                  const std::string& body);

 private:
  struct File {
    std::string id, name, purpose, content;
  };
  struct Job {
    std::string id, model, suffix, training_file, validation_file, problem;
    Json asked;
    int epochs = 3;
    std::int64_t tokens = 0;
    double made = 0;           ///< seconds of the steady clock
    std::int64_t made_at = 0;  ///< seconds since 1970
    std::optional<double> cancelled = {};
  };

  ApiAnswer files(const std::string& method, const std::string& path, const std::string& query,
                  const std::string& content_type, const std::string& body);
  ApiAnswer jobs(const std::string& method, const std::string& path, const std::string& query, const std::string& body);
  ApiAnswer create(const Json& asked);
  [[nodiscard]] double ticks(const Job&) const;
  [[nodiscard]] int steps(const Job&) const;  ///< done so far
  [[nodiscard]] std::string status(const Job&) const;
  [[nodiscard]] std::string tuned_model(const Job&) const;
  [[nodiscard]] Json shown(const Job&) const;
  [[nodiscard]] std::vector<Json> events(const Job&) const;       ///< the newest first
  [[nodiscard]] std::vector<Json> checkpoints(const Job&) const;  ///< likewise

  Options options_;
  std::mutex mutex_;
  std::vector<File> files_;
  std::vector<Job> jobs_;
};

}  // namespace assay::test
