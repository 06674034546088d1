#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "plan/job.h"
#include "run/workbench.h"
#include "store/bundle.h"

namespace assay::run {

/// One stage in a worker's hands: what to do, what it reads, what it writes.
class StageWork {
 public:
  StageWork(plan::Job job, std::map<std::string, std::string> bundles, store::BundleWriter& out, Workbench& bench,
            std::function<void(std::int64_t done, std::int64_t total)> progress);

  const plan::Job job;
  store::BundleWriter& out;
  Workbench& bench;
  /// What `AdaptContext::stop_requested` tells. A worker that must stop is killed: what was answered is kept, and the stage
  /// begins anew with it.
  std::function<bool()> stops = [] { return false; };
  std::filesystem::path checkpoints;  ///< where a training keeps what it needs to go on after a kill; empty: nowhere

  /// The finished bundle of a stage that this one needs, its hashes compared.
  [[nodiscard]] store::Bundle bundle(const std::string& key) const;
  /// The same for a reader of its header alone: files are not hashed.
  [[nodiscard]] store::Bundle glance(const std::string& key) const;
  void progress(std::int64_t done, std::int64_t total) { progress_(done, total); }
  void log(const std::string& line);
  void kpi(const std::string& name, double value, const std::string& unit, bool higher_is_better = false);
  /// A KPI that a strategy gave, the mean over `examples` of them. @throws Error where the engine logs one of that name.
  void strategy_kpi(const std::string& name, const sdk::Number& mean, std::size_t examples);
  void write(const std::string& file, const Json&) const;  ///< into the bundle
  void add_usage(const sdk::Usage& usage) { usage_ += usage; }
  [[nodiscard]] const sdk::Usage& usage() const { return usage_; }
  [[nodiscard]] const std::string& log_text() const { return log_; }

 private:
  [[nodiscard]] const std::string& place(const std::string& key) const;

  std::map<std::string, std::string> bundles_;
  std::function<void(std::int64_t, std::int64_t)> progress_;
  sdk::Usage usage_;
  std::string log_;
};

void do_adapt(StageWork&);
void do_generate(StageWork&);
void do_measure(StageWork&);
void do_score(StageWork&);
void do_choose(StageWork&);
void do_compare(StageWork&);
void do_fragility(StageWork&);

/// Whether the host asked this worker to stop; only a training looks, the rest is killed.
bool stop_requested();

/// The split that the job is about.
data::Split split_of(const plan::Job&);

/// Seconds of the steady clock, for durations.
inline double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// NaN and infinities become null, which is how bundles write what is undefined.
Json number(double value);

Json to_json(const sdk::Usage&);
sdk::Usage usage_from_json(const Json&);

}  // namespace assay::run
