#pragma once
#include <cstddef>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "plan/plan.h"

namespace assay::run {

/// Which stage comes next. Knows what is ready, running, settled; knows nothing of workers, files or time.
///
/// A stage is ready when all that it needs is done and all that it awaits is done or failed. It fails, unrun, when something
/// that it needs failed; comparisons and choices alone go on with what is there, and fail when nothing is.
class Schedule {
 public:
  enum class State { waiting, ready, running, done, failed };

  /// `stages` must outlive it, each after what it needs; those in `finished` are done from the start.
  Schedule(std::span<const plan::Stage> stages, const std::unordered_set<std::string>& finished);

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  /// The stage for a worker that holds `model` (empty: none): the first in the plan's order among those of its model or
  /// of no model, else the first. Measure stages wait until nothing else can run and nothing runs, and run alone.
  /// Only among those that `may` allows, where it is given.
  [[nodiscard]] std::size_t next(const std::string& model, const std::unordered_set<std::size_t>& but_not,
                                 const std::function<bool(std::size_t)>& may = nullptr) const;

  void start(std::size_t);  ///< ready → running
  void retry(std::size_t);  ///< running → ready
  void done(std::size_t);   ///< ready or running → done
  /// → failed, with all that needs it; returns those that failed because of it, itself not included.
  std::vector<std::size_t> failed(std::size_t);

  [[nodiscard]] State state(std::size_t i) const { return nodes_[i].state; }
  [[nodiscard]] std::size_t running() const { return running_; }
  [[nodiscard]] bool settled() const { return unsettled_ == 0; }
  [[nodiscard]] bool has_ready() const { return !ready_.empty(); }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] std::size_t unsettled() const { return unsettled_; }
  [[nodiscard]] const plan::Stage& stage(std::size_t i) const { return stages_[i]; }

 private:
  struct Node {
    State state = State::waiting;
    std::vector<std::size_t> dependents;  ///< that need it
    std::vector<std::size_t> waiting;     ///< that only await it
    std::size_t waiting_for = 0;          ///< needs that are not settled
    std::size_t done_needs = 0;
  };
  void settle(std::size_t, State);
  void need_done(std::size_t);

  std::span<const plan::Stage> stages_;
  std::vector<Node> nodes_;
  std::set<std::size_t> ready_;
  std::size_t running_ = 0;
  std::size_t unsettled_ = 0;
  bool measuring_ = false;
};

}  // namespace assay::run
