#include "run/executor.h"

#include <assay/sdk/error.h>
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <functional>
#include <map>

#include "plan/job.h"
#include "run/interrupts.h"
#include "store/bundle.h"

namespace assay::run {
namespace {

constexpr int kPollMilliseconds = 50;
constexpr auto kLookAgain = std::chrono::milliseconds(50);   // at stages that another process makes
constexpr auto kWatchEvery = std::chrono::milliseconds(50);  // memory and time of workers
constexpr auto kLastCheckpoint = std::chrono::seconds(3);
constexpr std::size_t kRecordAtOnce = 256;
constexpr int kLanes = 8;  // stages on remote models at one time

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

RunSummary execute(const config::Experiment& experiment, const plan::Plan& plan, store::Store& store,
                   const RunOptions& options, std::ostream& out) {
  return Executor(experiment, plan, store, options, out).run();
}

Executor::Executor(const config::Experiment& experiment, const plan::Plan& plan, store::Store& store,
                   const RunOptions& options, std::ostream& out)
    : experiment_(experiment), plan_(plan), store_(store), options_(options), stages_(plan.stages), spending_(experiment),
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

void Executor::add_gateway() {
  std::unordered_set<std::string> names;
  for (const config::ModelSpec& model : experiment_.models) {
    if (model.is_remote()) names.insert(model.name);
  }
  for (const plan::Stage& stage : stages_) remote_.push_back(names.contains(stage.model));
  if (std::find(remote_.begin(), remote_.end(), true) == remote_.end()) return;
  for (int lane = 0; lane < kLanes; ++lane) {
    Worker worker;
    worker.name = fmt::format("gateway, lane {}", lane + 1);
    worker.lane = lane;
    workers_.push_back(std::move(worker));
  }
}

std::size_t Executor::next_for(const Worker& worker) const {
  if (worker.lane < 0) {
    return schedule_->next(worker.model, elsewhere_, [&](std::size_t i) { return !remote_[i]; });
  }
  if (one_by_one_.empty()) return schedule_->next(worker.model, elsewhere_, [&](std::size_t i) { return remote_[i]; });
  const bool busy = std::any_of(workers_.begin(), workers_.end(), [](const Worker& other) { return other.lane >= 0 && other.task; });
  if (busy) return Schedule::kNone;
  return schedule_->next(worker.model, elsewhere_, [&](std::size_t i) { return one_by_one_.contains(i); });
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

void Executor::settle_choice(Json& message, Json& bundles) const {
  plan::Job job = plan::job_from_json(message);
  const plan::Stage& choose = stages_[index_.at(job.choice->choose)];
  const auto number = store::Bundle::open(store_.bundle(choose), choose.key).json("choice.json").at("chosen").get<std::size_t>();
  job.parts = job.choice->trials.at(number);
  job.choice.reset();
  for (const plan::PartJob& part : job.parts) {
    if (part.adapt.empty()) continue;
    const std::size_t adapt = index_.at(part.adapt);
    if (schedule_->state(adapt) != Schedule::State::done) {
      throw Error("what the chosen trial left is gone and could not be made again; run the experiment once more");
    }
    bundles[part.adapt] = store_.bundle(stages_[adapt]).string();
  }
  message = plan::to_json(job);
}

void Executor::hand_over(Worker& worker, std::size_t i, store::FileLock lock) {
  const plan::Stage& stage = stages_[i];
  Json bundles = Json::object();
  for (const std::string& need : stage.needs) {
    bundles[need] = store_.bundle(stages_[index_.at(need)]).string();
  }
  if (stage.kind == plan::StageKind::fragility) {
    for (const std::string& awaited : stage.awaits) bundles[awaited] = store_.bundle(stages_[index_.at(awaited)]).string();
  }
  Json job = stage.job;
  try {
    if (job.contains("choice")) settle_choice(job, bundles);
  } catch (const Error& error) {
    note(stage, "failed", error.what());
    fail(i, error.what());
    return;
  }
  if (!worker.process) start_process(worker);
  if (sharing(worker).empty()) worker.process->mark_log();
  const bool keeps = stage.kind == plan::StageKind::adapt || job.contains("judge");
  Json message = {{"job", job},             {"key", stage.key},
                        {"inputs", stage.inputs}, {"kind", plan::to_string(stage.kind)},
                        {"label", stage.label},   {"place", store_.bundle(stage).string()},
                        {"bundles", bundles},     {"checkpoints", keeps ? store_.checkpoints(stage).string() : ""}};
  if (worker.lane >= 0) {
    message["remote"] = {{"journal", (store_.folder() / "answers" / "answers.jsonl").string()},
                         {"run", summary_.run},
                         {"dollars", experiment_.budget.dollars ? Json(*experiment_.budget.dollars) : Json()}};
    if (one_by_one_.empty()) message["lane"] = worker.lane;
  }
  ++attempts_[i];
  schedule_->start(i);
  worker.task.emplace(i, std::move(lock));
  if (!stage.model.empty()) worker.model = stage.model;
  worker.process->send(message);  // a worker that is gone is noticed at its output's end
}

void Executor::start_process(Worker& worker) {
  if (worker.lane >= 0) {
    for (const Worker& other : workers_) {
      if (other.lane >= 0 && other.process) worker.process = other.process;
    }
    if (worker.process) return;
  }
  const int number = worker.lane >= 0 ? 0 : static_cast<int>(&worker - workers_.data()) + 1;
  const std::string log = worker.lane >= 0 ? "gateway.log" : fmt::format("worker-{}.log", number);
  worker.process = std::make_shared<WorkerProcess>(options_.worker_program, store_.folder() / "runs" / std::to_string(summary_.run) / log, number);
}

std::vector<Executor::Worker*> Executor::sharing(const Worker& worker) {
  std::vector<Worker*> all;
  for (Worker& other : workers_) {
    if (other.process == worker.process && other.task) all.push_back(&other);
  }
  return all;
}

void Executor::poll_workers(int milliseconds) {
  record(false);
  std::vector<pollfd> descriptors;
  std::vector<Worker*> owners;
  for (Worker& worker : workers_) {
    if (!worker.process) continue;
    const bool listed = std::any_of(owners.begin(), owners.end(), [&](const Worker* other) { return other->process == worker.process; });
    if (listed) continue;
    descriptors.push_back({worker.process->output(), POLLIN, 0});
    owners.push_back(&worker);
  }
  // Recording can wait while messages are pending; workers that wait cannot.
  int ready = ::poll(descriptors.data(), descriptors.size(), finished_.empty() && attempt_rows_.empty() ? milliseconds : 0);
  if (ready == 0 && !(finished_.empty() && attempt_rows_.empty())) {
    record(true);
    ready = ::poll(descriptors.data(), descriptors.size(), milliseconds);
  }
  if (ready <= 0) return;
  for (std::size_t i = 0; i < descriptors.size(); ++i) {
    if (descriptors[i].revents == 0) continue;
    const bool alive = owners[i]->process->fill();
    while (const auto line = owners[i]->process->next()) {
      const Json message = Json::parse(*line, nullptr, false);
      if (message.is_object()) handle(*owners[i]->process, message);
    }
    if (!alive) handle_death(*owners[i]);
  }
}

void Executor::handle(const WorkerProcess& process, const Json& message) {
  const auto found = std::find_if(workers_.begin(), workers_.end(), [&](const Worker& one) {
    return one.process.get() == &process && one.task && message.value("key", "") == stages_[one.task->stage].key;
  });
  if (found == workers_.end()) return;
  Worker& worker = *found;
  const std::string event = message.value("event", "");
  if (event == "progress") {
    worker.task->done = message.value("done", std::int64_t{0});
    worker.task->total = message.value("total", std::int64_t{0});
  } else if (event == "done") {
    conclude(worker, "done", "", 0, message);
  } else if (event == "failed") {
    conclude(worker, "failed", message.value("reason", "no reason was given"), 0, message);
    if (message.value("budget_spent", false) && !stopping_) {
      summary_.budget_reached = true;
      stopping_ = true;
      progress_->say("stopped: the budget is spent; raise `budget:` to go on");
    }
  }
}

void Executor::handle_death(Worker& worker) {
  const WorkerEnd end = worker.process->wait();
  const std::string plugin = worker.process->plugin();
  const std::string where = plugin.empty() ? "" : fmt::format(" in plugin '{}'", plugin);
  const std::vector<Worker*> lost = sharing(worker);
  for (Worker* one : lost) {
    if (!one->task->killed_for.empty()) {
      conclude(*one, one->task->killed_for, one->task->killed_because + where, end.signal, Json::object());
      continue;
    }
    const std::string how = end.signal != 0 ? fmt::format("the worker died of {}", signal_name(end.signal))
                                            : fmt::format("the worker exited with {}", end.status);
    if (lost.size() == 1) {
      conclude(*one, "crashed", how + where, end.signal, Json::object());
      continue;
    }
    // Which of them it was cannot be told: none is charged, and each is run by itself.
    const std::size_t stage = one->task->stage;
    --attempts_[stage];
    conclude(*one, "crashed", fmt::format("{} with {} stages in it, which are run again one by one", how, lost.size()), end.signal, Json::object());
    one_by_one_.insert(stage);
  }
  const std::shared_ptr<WorkerProcess> gone = worker.process;
  for (Worker& other : workers_) {
    if (other.process != gone) continue;
    other.process.reset();
    other.model.clear();
  }
}

void Executor::watch_limits() {
  if (Clock::now() - limits_checked_ < kWatchEvery) return;
  limits_checked_ = Clock::now();
  const double limit_seconds = experiment_.limits.stage_seconds;
  const std::int64_t limit_bytes = experiment_.limits.stage_memory_mb << 20U;
  for (Worker& worker : workers_) {
    if (!worker.task || !worker.task->killed_for.empty()) continue;
    Task& task = *worker.task;
    const bool elsewhere = remote_[task.stage] && stages_[task.stage].trains;  // a provider takes its time
    if (!elsewhere && seconds_since(task.start) > limit_seconds) {
      task.killed_for = "timeout";
      task.killed_because = fmt::format("time limit of {:g} s", limit_seconds);
    } else if (const std::int64_t bytes = worker.process->anonymous_bytes(); bytes > limit_bytes) {
      // Of several stages in the gateway it is not known which one took it; alone it will be.
      if (sharing(worker).size() > 1) {
        worker.process->kill();
        break;
      }
      task.killed_for = "memory";
      task.killed_because = fmt::format("memory limit of {} MB: {} MB were in use", limit_bytes >> 20, bytes >> 20);
    }
    if (!task.killed_for.empty()) worker.process->kill();
  }
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

void Executor::reduce(std::size_t i) {
  const plan::Stage& stage = stages_[i];
  if (stage.kind == plan::StageKind::fragility) return reduce_fragility(i);
  if (stage.kind != plan::StageKind::compare && stage.kind != plan::StageKind::choose) return;
  std::vector<std::string> there;
  for (const std::string& need : stage.needs) {
    if (schedule_->state(index_.at(need)) == Schedule::State::done) there.push_back(need);
  }
  if (there.size() == stage.needs.size()) return;
  const auto is_there = [&](const std::string& key) { return std::find(there.begin(), there.end(), key) != there.end(); };
  plan::Job job = plan::job_from_json(stage.job);
  plan::Stage reduced = stage;
  if (job.compare) {
    std::erase_if(job.compare->cells, [&](const plan::CompareCellJob& cell) { return !is_there(cell.score); });
    reduced.inputs = {{"comparison", stage.inputs}, {"scores", there}};
    reduced.label += " (without the cells that failed)";
  } else {
    std::erase_if(job.choose->trials, [&](const plan::TrialJob& trial) {
      return !std::all_of(trial.stages.begin(), trial.stages.end(), is_there);
    });
    reduced.inputs = {{"choice", stage.inputs}, {"stages", there}};
    reduced.label += " (without the trials that failed)";
  }
  reduced.needs = there;
  reduced.job = plan::to_json(job);
  replace(i, std::move(reduced));
}

void Executor::reduce_fragility(std::size_t i) {
  plan::Stage reduced = stages_[i];
  std::erase_if(reduced.awaits, [&](const std::string& awaited) { return schedule_->state(index_.at(awaited)) != Schedule::State::done; });
  if (reduced.awaits.size() == stages_[i].awaits.size()) return;
  plan::Job job = plan::job_from_json(reduced.job);
  std::vector<plan::VariantJob> there;
  for (plan::VariantJob& variant : job.fragility->variants) {
    if (schedule_->state(index_.at(variant.score)) == Schedule::State::done) {
      there.push_back(std::move(variant));
    } else {
      job.fragility->failed.push_back(variant.name);
    }
  }
  job.fragility->variants = std::move(there);
  reduced.inputs = {{"fragility", stages_[i].inputs}, {"failed", job.fragility->failed}};
  reduced.label += " (without the variants that failed)";
  reduced.job = plan::to_json(job);
  replace(i, std::move(reduced));
}

void Executor::replace(std::size_t first, plan::Stage by) {
  std::map<std::string, std::string> renamed;  // old key → new key
  std::map<std::string, plan::Stage> replaced;
  const std::function<void(Json&)> rename = [&](Json& value) {
    if (value.is_structured()) {
      for (Json& inner : value) rename(inner);
    } else if (value.is_string()) {
      if (const auto found = renamed.find(value.get_ref<const std::string&>()); found != renamed.end()) value = found->second;
    }
  };
  const auto take = [&](std::size_t i, plan::Stage stage) {
    const std::string old = stages_[i].key;
    stage.key = data::sha256(stage.inputs);
    stage.job["key"] = stage.key;
    renamed[old] = stage.key;
    index_.emplace(stage.key, i);
    replaced.emplace(old, stage);
    stages_[i] = std::move(stage);
  };
  take(first, std::move(by));
  // Each stage stands after what it needs. What is done already rests on a choice that was whole when it was made.
  for (std::size_t i = first + 1; i < stages_.size(); ++i) {
    plan::Stage stage = stages_[i];
    const auto is_renamed = [&](const std::string& key) { return renamed.contains(key); };
    const bool rests = std::any_of(stage.needs.begin(), stage.needs.end(), is_renamed) ||
                       std::any_of(stage.awaits.begin(), stage.awaits.end(), is_renamed);
    if (!rests || schedule_->state(i) == Schedule::State::done) continue;
    rename(stage.inputs);
    rename(stage.job);
    for (std::vector<std::string>* keys : {&stage.needs, &stage.awaits}) {
      for (std::string& key : *keys) {
        if (const auto found = renamed.find(key); found != renamed.end()) key = found->second;
      }
    }
    take(i, std::move(stage));
  }
  store_.replace_stages(summary_.run, replaced);
}

void Executor::record(bool all) {
  if (!all && finished_.size() + attempt_rows_.size() < kRecordAtOnce) return;
  store_.record(summary_.run, attempt_rows_, finished_);
  attempt_rows_.clear();
  finished_.clear();
}

void Executor::stop_now() {
  // A training writes a last checkpoint; it is not waited for longer than that takes.
  for (Worker& worker : workers_) {
    if (worker.task && stages_[worker.task->stage].trains) worker.process->terminate();
  }
  const auto deadline = Clock::now() + kLastCheckpoint;
  for (const Worker& worker : workers_) {  // all of them before any is killed: the gateway's lanes share a process
    if (worker.task && stages_[worker.task->stage].trains) worker.process->wait_until(deadline);
  }
  for (Worker& worker : workers_) {
    if (!worker.task) continue;
    worker.process->kill();
    worker.process->wait();
    conclude(worker, "stopped", "stopped by Ctrl-C", SIGKILL, Json::object());
  }
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
