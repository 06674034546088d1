#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "assay/sdk/json.h"
#include "plan/plan.h"

namespace assay::store {

/// One number about a cell (or about a pair of cells). NaN is stored as NULL.
struct Kpi {
  std::string
      metric;  ///< plugin's name, "" for what the engine counts: adapt_seconds, trained_parameters, generate_seconds, and
               ///< the sums over the test examples prompt_tokens, cached_prompt_tokens, completion_tokens, dollars
  std::string name;  ///< "f1", "f1.macro", …
  std::string unit;
  double value = 0;
  std::optional<double> low, high;  ///< confidence interval
  bool higher_is_better = true;
};

/// A value of a group: the mean over its cells' seeds, with its interval.
struct GroupValue {
  std::string metric, name;
  double value = 0;
  std::optional<double> low, high, seed_sd;
};

/// A paired comparison within a dataset: value(cell group) - value(baseline group).
struct Comparison {
  std::string dataset, metric, name;
  std::string group, baseline;  ///< Cell::group
  double difference = 0;
  std::optional<double> low, high, p_value;
};

struct RunRow {
  std::int64_t id;
  std::string experiment, plan_hash, status /* running | done | failed | interrupted */, started, finished, report;
  double wall_seconds = 0;
};

struct AttemptRow {
  std::string stage, started, finished,
      outcome /* done | failed | crashed | timeout | memory | stopped | reused | skipped */, error, log_tail, worker;
  int number = 1, signal = 0;
  double seconds = 0;
  std::int64_t peak_rss = 0;
};

/// results/: assay.sqlite (WAL) beside bundles/<kind>/<first two of key>/<key>/, checkpoints/<key>/, runs/<run>/ and locks/. Everything in the
/// database is in these files too. One connection; not thread-safe; several processes may each open their own.
class Store {
 public:
  /// Opens or makes it; migrates an older schema. A torn database is set aside (renamed *.corrupt-N, said through
  /// `warnings`) and made anew from the bundles, which hold everything. @throws BadInput when the folder cannot be written.
  static Store open(const std::filesystem::path& results);
  Store(Store&&) noexcept;
  ~Store();

  [[nodiscard]] const std::filesystem::path& folder() const;
  [[nodiscard]] std::vector<std::string> warnings() const;  ///< what was found damaged since it was opened
  [[nodiscard]] std::filesystem::path lock_folder() const;  ///< where FileLock names stages by their keys
  [[nodiscard]] std::filesystem::path bundle(const plan::Stage&) const;
  /// Where a training keeps its checkpoint until its bundle is there; made when there is something to keep.
  [[nodiscard]] std::filesystem::path checkpoints(const plan::Stage&) const;

  /// Removes what killed processes left half-written: temporary bundle folders of stages that nobody owns now, and
  /// checkpoints of stages that are finished.
  void remove_leftovers();

  std::int64_t begin_run(const config::Experiment&, const plan::Plan&);  ///< stores the plan before the first stage
  /// Puts stages in the place of the run's stages of these keys: a comparison of the cells that are there, where some
  /// failed; a choice among the trials that are there, with all that rests on it.
  void replace_stages(std::int64_t run, const std::map<std::string, plan::Stage>& by_old_key);
  /// `status` done | failed | interrupted; `report` is the report's folder, relative to results/.
  void finish_run(std::int64_t run, const std::string& status, const std::string& report);
  void set_seconds(std::int64_t run, double wall_seconds);

  /// Whether the stage is finished: its bundle is whole on disk (it is recorded now if it was not). A damaged bundle is
  /// set aside, said through `warnings`, and counts as not finished.
  bool finished(const plan::Stage&);
  /// Many at once: the keys that are finished.
  std::vector<std::string> finished(const std::vector<plan::Stage>&);
  /// Records, in one transaction, attempts and what the bundles of finished stages say: KPIs, comparisons, per-example
  /// values. @throws Corrupted when a bundle is not whole.
  void record(std::int64_t run, std::span<const AttemptRow>, std::span<const plan::Stage> finished);

  [[nodiscard]] std::vector<RunRow> runs();
  [[nodiscard]] RunRow run(const std::string& id_or_latest, const std::string& experiment = "");  ///< @throws BadInput
  [[nodiscard]] plan::Plan plan(std::int64_t run);
  [[nodiscard]] Json experiment(std::int64_t run);  ///< the resolved YAML
  [[nodiscard]] std::vector<Kpi> kpis(std::int64_t run, const std::string& cell);
  [[nodiscard]] std::vector<GroupValue> group_values(std::int64_t run, const std::string& group);
  [[nodiscard]] std::vector<Comparison> comparisons(std::int64_t run);
  [[nodiscard]] std::vector<AttemptRow> attempts(std::int64_t run);

 private:
  struct Rep;
  explicit Store(std::unique_ptr<Rep>);
  std::unique_ptr<Rep> rep_;
};

/// The time as the store writes it: ISO 8601 in UTC with milliseconds.
std::string now();
/// Seconds since 1970 of such a time; NaN for anything else.
double seconds_of(const std::string& time);

}  // namespace assay::store
