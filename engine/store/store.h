#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "assay/sdk/json.h"
#include "plan/plan.h"

namespace assay::store {

/// One number about a cell (or about a pair of cells). NaN is stored as NULL.
struct Kpi {
  std::string metric;   ///< plugin's name, "" for what the engine counts
  std::string name;     ///< "f1", "f1.macro", "prompt_tokens", "train_seconds", "trained_parameters", …
  std::string unit;
  double value = 0;
  std::optional<double> low, high;  ///< confidence interval
  bool higher_is_better = true;
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
};

struct AttemptRow {
  std::string stage, started, finished, outcome /* done | failed | crashed | timeout | memory | stopped | reused */, error, log_tail, worker;
  int number = 1, signal = 0;
  double seconds = 0;
  std::int64_t peak_rss = 0;
};

/// results/: assay.sqlite (WAL) beside bundles/<kind>/<first two of key>/<key>/ and locks/. One connection; not
/// thread-safe; several processes may each open their own.
class Store {
 public:
  /// Opens or makes it; migrates an older schema. A torn database is set aside (renamed *.corrupt-N, said through
  /// `warnings`) and made anew from the bundles, which hold everything. @throws BadInput when the folder cannot be written.
  static Store open(const std::filesystem::path& results);
  Store(Store&&) noexcept;
  ~Store();

  [[nodiscard]] const std::filesystem::path& folder() const;
  [[nodiscard]] std::vector<std::string> warnings() const;
  [[nodiscard]] std::filesystem::path bundle(const plan::Stage&) const;

  std::int64_t begin_run(const config::Experiment&, const plan::Plan&);  ///< stores the plan before the first stage
  void finish_run(std::int64_t run, const std::string& status, const std::string& report);
  void set_seconds(std::int64_t run, double wall_seconds);

  /// Whether the stage is finished: recorded, or its bundle is whole on disk (then it is recorded now).
  bool finished(const plan::Stage&);
  /// Many at once: the keys that are finished.
  std::vector<std::string> finished(const std::vector<plan::Stage>&);
  void record_attempt(std::int64_t run, const AttemptRow&);
  /// Records a finished stage in one transaction with what its bundle says (KPIs of a score stage for every cell that
  /// uses it, comparisons, per-example values).
  void record_stage(std::int64_t run, const plan::Plan&, const plan::Stage&);
  /// Records for this run the KPIs of all finished stages (those reused as well).
  void link_run(std::int64_t run, const plan::Plan&);

  [[nodiscard]] std::vector<RunRow> runs();
  [[nodiscard]] RunRow run(const std::string& id_or_latest, const std::string& experiment = "");  ///< @throws BadInput
  [[nodiscard]] plan::Plan plan(std::int64_t run);
  [[nodiscard]] Json experiment(std::int64_t run);  ///< the resolved YAML
  [[nodiscard]] std::vector<Kpi> kpis(std::int64_t run, const std::string& cell);
  [[nodiscard]] std::vector<Comparison> comparisons(std::int64_t run);
  [[nodiscard]] std::vector<AttemptRow> attempts(std::int64_t run);

 private:
  struct Rep;
  explicit Store(std::unique_ptr<Rep>);
  std::unique_ptr<Rep> rep_;
};

}  // namespace assay::store
