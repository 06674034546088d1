#include "models/remote/fine_tuning_job.h"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>

namespace assay::models::remote {
namespace {

namespace fs = std::filesystem;

constexpr double kSlower = 1.5;

std::string noted(const fs::path& note) {
  std::ifstream in(note);
  std::string id;
  in >> id;
  return id;
}

void take_note(const fs::path& note, const std::string& id) {
  if (note.empty()) return;
  fs::create_directories(note.parent_path());
  std::ofstream out(note);
  out << id << '\n';
  out.close();
  if (!out) throw Error(fmt::format("{}: cannot be written; is the disk full?", note.string()));
}

std::string file_of(FineTuningApi& api, const std::string& name, const TuningFile& file,
                    const std::function<void(const std::string&)>& log) {
  if (auto found = api.find_file(name, file.content.size())) return *found;
  std::string id = api.upload(name, file.content);
  log(fmt::format("uploaded {} ({} examples, about {} tokens) as {}", name, file.examples, file.tokens, id));
  return id;
}

}  // namespace

std::string tuning_suffix(const std::string& wanted, const std::string& stage) {
  return fmt::format("{}-{}", wanted.empty() ? "assay" : wanted, stage.substr(0, 12));
}

bool is_of_stage(const TuningJob& job, const std::string& stage, const std::string& suffix) {
  if (!job.stage.empty()) return job.stage == stage;
  return job.suffix == suffix || job.tuned_model.find(":" + suffix + ":") != std::string::npos;
}

std::optional<TuningJob> find_job(FineTuningApi& api, const TuningRequest& request, const fs::path& note) {
  if (const std::string id = note.empty() ? "" : noted(note); !id.empty()) {
    try {
      return api.job(id);
    } catch (const Refused& error) {
      if (error.status != 404) throw;
    }
  }
  for (TuningJob& job : api.jobs()) {
    if (is_of_stage(job, request.stage, request.suffix) && job.status != "failed" && job.status != "cancelled")
      return std::move(job);
  }
  return std::nullopt;
}

TuningJob find_or_create_job(FineTuningApi& api, TuningRequest request, const TuningFile& training,
                             const std::optional<TuningFile>& validation, const fs::path& note,
                             const std::function<void(const std::string&)>& log) {
  for (int attempt = 1;; ++attempt) {
    if (const auto found = find_job(api, request, note)) {
      log(fmt::format("goes on with the job {} ({})", found->id, found->status));
      take_note(note, found->id);
      return *found;
    }
    if (request.training_file.empty()) {
      const std::string name = "assay-" + request.stage.substr(0, 12);
      request.training_file = file_of(api, name + "-train.jsonl", training, log);
      if (validation) request.validation_file = file_of(api, name + "-validation.jsonl", *validation, log);
    }
    try {
      const TuningJob made = api.create(request);
      take_note(note, made.id);
      log(fmt::format("made the job {}", made.id));
      return made;
    } catch (const Unanswered&) {
      if (attempt >= api.settings().retries.attempts) throw;
      api.wait(backoff(api.settings().retries, attempt + 1, static_cast<std::uint64_t>(attempt)));
    }
  }
}

TuningJob follow_job(FineTuningApi& api, const std::string& id, const std::function<void(const TuningEvent&)>& on_event,
                     const std::function<void(const TuningJob&)>& on_state) {
  const RetrySettings& pace = api.settings().retries;
  double pause = pace.first_seconds;
  std::string status, last;
  for (;;) {
    // The job before its events: what happens in between is told the next time, and nothing after the end is lost.
    const TuningJob job = api.job(id);
    bool news = job.status != status;
    if (news) on_state(job);
    status = job.status;
    for (const TuningEvent& event : api.events(id, last)) {
      on_event(event);
      last = event.id;
      news = true;
    }
    if (job.has_ended()) return job;
    pause = news ? pace.first_seconds : std::min(pace.longest_seconds, pause * kSlower);
    api.wait(pause);
  }
}

}  // namespace assay::models::remote
