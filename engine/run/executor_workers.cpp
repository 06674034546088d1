// The executor and its workers: who is given what, what they say, how they die, what they may take.
#include <assay/sdk/error.h>
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>

#include "plan/job.h"
#include "run/executor.h"
#include "store/bundle.h"

namespace assay::run {
namespace {

constexpr auto kWatchEvery = std::chrono::milliseconds(50);  // memory and time of workers
constexpr auto kLastCheckpoint = std::chrono::seconds(3);
constexpr int kLanes = 8;  // stages on remote models at one time

}  // namespace

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
  const bool busy =
      std::any_of(workers_.begin(), workers_.end(), [](const Worker& other) { return other.lane >= 0 && other.task; });
  if (busy) return Schedule::kNone;
  return schedule_->next(worker.model, elsewhere_, [&](std::size_t i) { return one_by_one_.contains(i); });
}

void Executor::settle_choice(Json& message, Json& bundles) const {
  plan::Job job = plan::job_from_json(message);
  const plan::Stage& choose = stages_[index_.at(job.choice->choose)];
  const auto number =
      store::Bundle::open(store_.bundle(choose), choose.key).json("choice.json").at("chosen").get<std::size_t>();
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
    for (const std::string& awaited : stage.awaits)
      bundles[awaited] = store_.bundle(stages_[index_.at(awaited)]).string();
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
  Json message = {{"job", job},
                  {"key", stage.key},
                  {"inputs", stage.inputs},
                  {"kind", plan::to_string(stage.kind)},
                  {"label", stage.label},
                  {"place", store_.bundle(stage).string()},
                  {"bundles", bundles},
                  {"checkpoints", keeps ? store_.checkpoints(stage).string() : ""}};
  if (worker.lane >= 0) {
    message["remote"] = {{"journal", (store_.folder() / "answers" / "answers.jsonl").string()},
                         {"run", summary_.run},
                         {"dollars", experiment_.budget.dollars ? Json(*experiment_.budget.dollars) : Json()},
                         {"elsewhere", spending_.elsewhere()}};
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
  worker.process = std::make_shared<WorkerProcess>(
      options_.worker_program, store_.folder() / "runs" / std::to_string(summary_.run) / log, number);
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
    const bool listed = std::any_of(owners.begin(), owners.end(),
                                    [&](const Worker* other) { return other->process == worker.process; });
    if (listed) continue;
    descriptors.push_back({worker.process->output(), POLLIN, 0});
    owners.push_back(&worker);
  }
  // Recording can wait while messages are pending; workers that wait cannot.
  int ready =
      ::poll(descriptors.data(), descriptors.size(), finished_.empty() && attempt_rows_.empty() ? milliseconds : 0);
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
    conclude(*one, "crashed", fmt::format("{} with {} stages in it, which are run again one by one", how, lost.size()),
             end.signal, Json::object());
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

}  // namespace assay::run
