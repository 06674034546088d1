#include "run/executor.h"

#include <assay/sdk/error.h>
#include <fmt/core.h>
#include <signal.h>

#include <algorithm>

#include "run/earlier_spending.h"
#include "run/interrupts.h"

namespace assay::run {
namespace {

constexpr int kPollMilliseconds = 50;
constexpr auto kLookAgain = std::chrono::milliseconds(50);  // at stages that another process makes
constexpr std::size_t kRecordAtOnce = 256;

}  // namespace

RunSummary execute(const config::Experiment& experiment, const plan::Plan& plan, store::Store& store,
                   const RunOptions& options, std::ostream& out) {
  return Executor(experiment, plan, store, options, out).run();
}

Executor::Executor(const config::Experiment& experiment, const plan::Plan& plan, store::Store& store,
                   const RunOptions& options, std::ostream& out)
    : experiment_(experiment),
      plan_(plan),
      store_(store),
      options_(options),
      stages_(plan.stages),
      spending_(experiment),
      attempts_(plan.stages.size(), 0) {
  summary_.cells = plan.cells.size();
  double seconds = 0;
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    index_.emplace(stages_[i].key, i);
    seconds += stages_[i].estimate_seconds;
  }
  progress_ = std::make_unique<Progress>(out, options.terminal, stages_.size(), seconds, options.workers);
}

RunSummary Executor::run() {
  const Interrupts interrupts;
  summary_.run = store_.begin_run(experiment_, plan_);
  if (experiment_.budget.dollars) spending_.begin_with(earlier_dollars(experiment_, plan_, store_, summary_.run));
  store_.remove_leftovers();
  warnings_said_ = store_.warnings().size();
  const std::vector<std::string> finished = store_.finished(stages_);
  say_warnings();
  const std::unordered_set<std::string> there(finished.begin(), finished.end());
  schedule_ = std::make_unique<Schedule>(stages_, there);
  summary_.stages_reused = there.size();
  progress_->reused(there.size(), stages_.size());
  for (const plan::Stage& stage : stages_) {
    if (!there.contains(stage.key)) continue;
    note(stage, "reused", "");
    progress_->finished(stage, 0);
  }
  workers_.resize(static_cast<std::size_t>(options_.workers));
  for (std::size_t i = 0; i < workers_.size(); ++i) workers_[i].name = fmt::format("worker {}", i + 1);
  add_gateway();

  while (!schedule_->settled()) {
    if (interrupts.count() > 0 && !stopping_) {
      stopping_ = true;
      summary_.interrupted = true;
      progress_->say("stopping: what runs is finished first; Ctrl-C again stops it now");
    }
    if (interrupts.count() > 1) {
      stop_now();
      break;
    }
    dispatch();
    const bool running = anything_running();
    if (stopping_ && !running) break;
    poll_workers(running ? kPollMilliseconds : static_cast<int>(kLookAgain.count()));
    watch_limits();
    draw(false);
  }
  finish();
  return summary_;
}

void Executor::say_warnings() {
  const std::vector<std::string> warnings = store_.warnings();
  for (; warnings_said_ < warnings.size(); ++warnings_said_) progress_->say("warning: " + warnings[warnings_said_]);
}

bool Executor::anything_running() const {
  return std::any_of(workers_.begin(), workers_.end(), [](const Worker& worker) { return worker.task.has_value(); });
}

void Executor::dispatch() {
  if (Clock::now() >= look_again_) {
    elsewhere_.clear();
    look_again_ = Clock::now() + kLookAgain;
  }
  for (Worker& worker : workers_) {
    while (!stopping_ && !worker.task && give(worker)) {
    }
  }
}

/// True when the schedule moved: a stage was handed over, or turned out to be there.
bool Executor::give(Worker& worker) {
  const std::size_t i = next_for(worker);
  if (i == Schedule::kNone) return false;
  reduce(i);
  const plan::Stage& stage = stages_[i];
  if (!stage.model.empty()) {
    const auto [why, others] = refusal(stage);
    if (!why.empty() && !others) {
      summary_.budget_reached = true;
      stopping_ = true;
      progress_->say(fmt::format("stopped: {}; raise `budget:` to go on", why));
    }
    if (!why.empty()) return false;
  }
  auto lock = store::FileLock::try_acquire(store_.lock_folder(), stage.key);
  if (!lock) {
    elsewhere_.insert(i);
    return true;
  }
  // Whoever held the lock a moment ago may have made it. What is damaged is moved away, so that it can be made.
  const bool there = store_.finished(stage);
  say_warnings();
  if (there) {
    schedule_->done(i);
    ++summary_.stages_reused;
    note(stage, "reused", "");
    progress_->finished(stage, 0);
    return true;
  }
  hand_over(worker, i, std::move(*lock));
  return true;
}

/// What other workers are about to spend counts too: it is waited for where it alone is in the way. The dollars of remote
/// models are counted by the gateway, request by request.
std::pair<std::string, bool> Executor::refusal(const plan::Stage& stage) const {
  const auto dollars_of = [&](std::size_t i) { return remote_[i] ? 0.0 : stages_[i].estimate_dollars; };
  const double own = dollars_of(index_.at(stage.key));
  double dollars = own;
  std::int64_t tokens = stage.estimate_tokens;
  for (const Worker& other : workers_) {
    if (!other.task) continue;
    dollars += dollars_of(other.task->stage);
    tokens += stages_[other.task->stage].estimate_tokens;
  }
  const auto refused = [&](double more_dollars, std::int64_t more_tokens) {
    return spending_.refusal(more_dollars, more_tokens, stage.estimate_seconds, seconds_since(start_));
  };
  const std::string why = refused(own, stage.estimate_tokens);
  return why.empty() ? std::pair(refused(dollars, tokens), true) : std::pair(why, false);
}

void Executor::conclude(Worker& worker, const std::string& outcome, const std::string& error, int signal,
                        const Json& about) {
  const Task task = std::move(*worker.task);
  worker.task.reset();
  const std::size_t i = task.stage;
  const plan::Stage& stage = stages_[i];
  const double seconds = seconds_since(task.start);
  store::AttemptRow row;
  row.stage = stage.key;
  row.started = task.started;
  row.finished = store::now();
  row.outcome = outcome;
  row.error = error;
  row.worker = worker.name;
  row.number = attempts_[i];
  row.signal = signal;
  row.seconds = seconds;
  row.peak_rss = about.value("peak_rss", std::int64_t{0});
  if (outcome != "done") row.log_tail = worker.process->log_tail();
  attempt_rows_.push_back(std::move(row));
  const Json usage = about.value("usage", Json::object());
  spending_.add(stage.model, usage.value("prompt_tokens", std::int64_t{0}),
                usage.value("cached_prompt_tokens", std::int64_t{0}), usage.value("completion_tokens", std::int64_t{0}),
                seconds);
  if (about.contains("gateway_dollars")) spending_.set_remote(about["gateway_dollars"]);
  one_by_one_.erase(i);
  if (outcome == "done") {
    schedule_->done(i);
    ++summary_.stages_run;
    finished_.push_back(stage);
    progress_->finished(stage, seconds);
  } else if (outcome == "crashed" && attempts_[i] < 2 && !stopping_) {
    schedule_->retry(i);
    progress_->failed(stage, error, true);
  } else if (outcome == "stopped") {
    schedule_->retry(i);
  } else {
    fail(i, outcome == "crashed" && attempts_[i] > 1 ? error + " (twice)" : error);
  }
}

void Executor::fail(std::size_t i, const std::string& reason) {
  const plan::Stage& stage = stages_[i];
  progress_->failed(stage, reason, false);
  summary_.failures.push_back({stage.key, stage.label, cells_of(plan_.stages[i].key), reason});
  for (const std::size_t lost : schedule_->failed(i)) {
    const std::string why = fmt::format("not run: needs {}", stage.label);
    note(stages_[lost], "skipped", why);
    progress_->failed(stages_[lost], why, false);
  }
}

void Executor::note(const plan::Stage& stage, const std::string& outcome, const std::string& error) {
  store::AttemptRow row;
  row.stage = stage.key;
  row.started = row.finished = store::now();
  row.outcome = outcome;
  row.error = error;
  row.number = 0;
  attempt_rows_.push_back(std::move(row));
}

std::string Executor::cells_of(const std::string& key) const {
  std::string ids;
  for (const plan::Cell& cell : plan_.cells) {
    if (cell.uses(key) || cell.perturbs(key)) ids += (ids.empty() ? "" : ", ") + cell.id;
  }
  return ids;
}

void Executor::record(bool all) {
  if (!all && finished_.size() + attempt_rows_.size() < kRecordAtOnce) return;
  store_.record(summary_.run, attempt_rows_, finished_);
  attempt_rows_.clear();
  finished_.clear();
}

void Executor::draw(bool force) {
  if (!options_.terminal) return;
  std::vector<Progress::Worker> lines;
  for (const Worker& worker : workers_) {
    Progress::Worker line;
    line.name = worker.name;
    if (worker.task) {
      line.label = stages_[worker.task->stage].label;
      line.done = worker.task->done;
      line.total = worker.task->total;
      line.seconds = seconds_since(worker.task->start);
    }
    lines.push_back(std::move(line));
  }
  progress_->draw(lines, force);
}

void Executor::finish() {
  workers_.clear();
  record(true);
  for (const plan::Cell& cell : plan_.cells) {
    const bool done = std::all_of(cell.score.begin(), cell.score.end(), [&](const std::string& key) {
      return schedule_->state(index_.at(key)) == Schedule::State::done;
    });
    if (done) ++summary_.cells_done;
  }
  summary_.wall_seconds = seconds_since(start_);
  store_.set_seconds(summary_.run, summary_.wall_seconds);
  progress_.reset();
}

}  // namespace assay::run
