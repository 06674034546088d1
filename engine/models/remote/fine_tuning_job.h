#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "models/remote/fine_tuning_api.h"

namespace assay::models::remote {

/// The suffix of the names of what a stage's job makes, by which it is found where a server keeps no metadata: what the user
/// wants in it, and the first letters of the stage's key.
std::string tuning_suffix(const std::string& wanted, const std::string& stage);

/// Whether a job is the stage's.
bool is_of_stage(const TuningJob&, const std::string& stage, const std::string& suffix);

/// The job that `request.stage` had made: it is noted in `note` or found among the account's; nothing where there is none, and
/// where those found without a note failed or were cancelled.
std::optional<TuningJob> find_job(FineTuningApi&, const TuningRequest& request, const std::filesystem::path& note);

/// The same, else a new one: `training` and `validation` are uploaded unless they are there, and the job is made once,
/// whenever this is killed: before it is asked for again it is looked for.
TuningJob find_or_create_job(FineTuningApi&, TuningRequest request, const TuningFile& training,
                             const std::optional<TuningFile>& validation, const std::filesystem::path& note,
                             const std::function<void(const std::string&)>& log);

/// Waits for the job's end, telling its events, each once and in their order, and its states. Looks again after the waits of
/// `settings.retries`, the longer the less happens.
TuningJob follow_job(FineTuningApi&, const std::string& id, const std::function<void(const TuningEvent&)>& on_event,
                     const std::function<void(const TuningJob&)>& on_state);

}  // namespace assay::models::remote
