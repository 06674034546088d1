#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "assay/sdk/json.h"
#include "models/remote/settings.h"
#include "models/remote/tuning_data.h"

namespace assay::models::remote {

/// A fine-tuning job as a server tells of it.
struct TuningJob {
  std::string id;
  std::string
      status;  ///< validating_files | queued | running | succeeded | failed | cancelled | what else a server says
  std::string model;             ///< that it starts from
  std::string tuned_model = {};  ///< empty until it succeeded
  std::string suffix = {};       ///< where the server tells it
  std::string stage = {};        ///< of its metadata; empty where it has none of ours
  std::string error = {};        ///< why it failed, in the server's words
  std::optional<std::int64_t> trained_tokens = {};
  std::int64_t created = 0, finished = 0;  ///< seconds since 1970; 0: not told

  [[nodiscard]] bool has_ended() const { return status == "succeeded" || status == "failed" || status == "cancelled"; }
};

struct TuningEvent {
  std::string id, level, message;
  Json data = Json::object();  ///< of metrics: step, total_steps, train_loss, valid_loss, full_valid_loss
};

struct TuningCheckpoint {
  std::int64_t step = 0;
  std::string model;  ///< by this name it answers
  Json metrics = Json::object();
};

/// What a job is to be.
struct TuningRequest {
  std::string model;
  TuningMethod method = TuningMethod::supervised;
  Json hyperparameters = Json::object();  ///< of the method; what is not named is the server's to choose
  std::uint64_t seed = 0;
  std::string suffix;                                    ///< of the tuned model's name
  std::string stage;                                     ///< kept in the job's metadata, by which it is found again
  std::string training_file = {}, validation_file = {};  ///< ids; the latter may be empty

  [[nodiscard]] Json body() const;
};

/// A server does not take what it was sent.
class Refused : public Error {
 public:
  Refused(int what, const std::string& message) : Error(message), status(what) {}
  int status;
};

/// It is not known whether a server did what it was asked: no answer came.
class Unanswered : public Error {
 public:
  using Error::Error;
};

/// OpenAI's /files and /fine_tuning/jobs (platform.openai.com/docs/api-reference/fine-tuning). Each call waits for its answer; what
/// may be asked twice is asked again when none comes, after the waits of `settings.retries`.
///
/// Used from one thread. All throw Refused, Unanswered, and Stopped within a tenth of a second where `stop` says so while they wait.
class FineTuningApi {
 public:
  explicit FineTuningApi(RemoteSettings settings, std::function<bool()> stop = nullptr);
  ~FineTuningApi();
  FineTuningApi(const FineTuningApi&) = delete;
  FineTuningApi& operator=(const FineTuningApi&) = delete;

  /// The id of a file of that name and size for fine-tuning; nothing where there is none.
  std::optional<std::string> find_file(const std::string& name, std::size_t bytes);
  std::string upload(const std::string& name, const std::string& content);  ///< @return the file's id

  std::vector<TuningJob> jobs();           ///< all of the account, the newest first
  TuningJob create(const TuningRequest&);  ///< not sent again where no answer came
  TuningJob job(const std::string& id);
  TuningJob cancel(const std::string& id);
  /// The events after `last` (an event's id; empty: all), the oldest first.
  std::vector<TuningEvent> events(const std::string& id, const std::string& last);
  std::vector<TuningCheckpoint> checkpoints(const std::string& id);  ///< in the order of their steps

  /// @throws Stopped
  void wait(double seconds) const;
  [[nodiscard]] const RemoteSettings& settings() const;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace assay::models::remote
