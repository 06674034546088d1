#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "run/limits.h"
#include "run/progress.h"
#include "run/run.h"
#include "run/schedule.h"
#include "run/worker_process.h"
#include "store/lock.h"

namespace assay::run {

/// One execution of a plan: hands ready stages to workers, watches them, records what came of it.
class Executor {
 public:
  Executor(const config::Experiment&, const plan::Plan&, store::Store&, const RunOptions&, std::ostream&);
  RunSummary run();

 private:
  using Clock = std::chrono::steady_clock;

  /// A stage in a worker's hands. The lock keeps other processes off its key.
  struct Task {
    Task(std::size_t i, store::FileLock held) : stage(i), lock(std::move(held)) {}
    std::size_t stage;
    store::FileLock lock;
    Clock::time_point start = Clock::now();
    std::string started = store::now();
    std::int64_t done = 0, total = 0;
    std::string killed_for;  ///< outcome, when the host itself killed the worker
    std::string killed_because;
  };
  /// A process, or one of the gateway's lanes, which share one.
  struct Worker {
    std::shared_ptr<WorkerProcess> process;
    std::string name;
    std::string model;  ///< that it holds
    std::optional<Task> task;
    int lane = -1;  ///< of the gateway; -1: a worker of its own
  };

  void dispatch();
  bool give(Worker&);
  void add_gateway();
  /// The stage for this worker; see Schedule::next. What died together in the gateway is run there one by one.
  [[nodiscard]] std::size_t next_for(const Worker&) const;
  void start_process(Worker&);
  /// Why the budget does not let this stage begin: {the reason, or nothing; whether others' ends are waited for}.
  [[nodiscard]] std::pair<std::string, bool> refusal(const plan::Stage&) const;
  [[nodiscard]] std::vector<Worker*> sharing(const Worker&);  ///< those of its process that have a task
  void say_warnings();                                        ///< what the store found damaged since it was last said
  void hand_over(Worker&, std::size_t stage, store::FileLock lock);
  void poll_workers(int milliseconds);
  void handle(const WorkerProcess&, const Json& message);
  void handle_death(Worker&);
  void watch_limits();
  void conclude(Worker&, const std::string& outcome, const std::string& error, int signal, const Json& about);
  void fail(std::size_t stage, const std::string& reason);
  void note(const plan::Stage&, const std::string& outcome, const std::string& error);  ///< an attempt that ran nothing
  /// The comparison over those cells, or the choice among those trials, that are there, in the place of the planned one.
  void reduce(std::size_t stage);
  /// The same of a cell's fragility over those variants that have a score.
  void reduce_fragility(std::size_t stage);
  /// What the stage and all that rest on it are called and read when it is another than was planned.
  void replace(std::size_t stage, plan::Stage by);
  /// Puts what a tuned cell's choice names into the job and its bundles. @throws Error where that is gone or damaged
  void settle_choice(Json& job, Json& bundles) const;
  void record(bool all);
  void stop_now();
  void draw(bool force);
  void finish();
  [[nodiscard]] bool anything_running() const;
  [[nodiscard]] std::string cells_of(const std::string& key) const;

  const config::Experiment& experiment_;
  const plan::Plan& plan_;
  store::Store& store_;
  const RunOptions& options_;
  Clock::time_point start_ = Clock::now();
  RunSummary summary_;
  std::vector<plan::Stage>
      stages_;  ///< the plan's; a reduced comparison, choice or fragility replaces its own, with what rests on it
  std::unordered_map<std::string, std::size_t> index_;  ///< by the planned key, and by that of what replaced it
  std::unique_ptr<Schedule> schedule_;
  std::unique_ptr<Progress> progress_;
  Spending spending_;
  std::vector<Worker> workers_;
  std::vector<int> attempts_;                    ///< a stage
  std::vector<store::AttemptRow> attempt_rows_;  ///< to be recorded
  std::vector<plan::Stage> finished_;            ///< to be recorded
  std::vector<bool> remote_;                     ///< a stage: whether the gateway does it
  std::unordered_set<std::size_t> one_by_one_;   ///< stages that died together with others in the gateway
  std::unordered_set<std::size_t> elsewhere_;    ///< stages that another process makes just now
  Clock::time_point look_again_{}, limits_checked_{};
  std::size_t warnings_said_ = 0;
  bool stopping_ = false;  ///< nothing new begins
};

/// Of the steady clock.
inline double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace assay::run
