#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "report/report_data.h"
#include "store/bundle.h"
#include "store/store.h"

namespace assay::report {

/// What the stages of a run left: their bundles, why some failed, what they took.
class StageResults {
 public:
  using Warn = std::function<void(std::string)>;

  /// `settings` is the experiment, for prices; `warn` is told of damaged bundles. All outlive this.
  StageResults(const store::Store& store, const plan::Plan& plan, const Json& settings, Warn warn);

  [[nodiscard]] const plan::Stage& stage(const std::string& key) const { return *stages_.at(key); }

  /// The finished bundle of a stage; null when the stage has none.
  const store::Bundle* bundle(const std::string& key);

  void add_failure(const std::string& key, std::string reason);
  /// A run's tries at stages: what failed took time as well.
  void add_attempts(const std::vector<store::AttemptRow>&);
  /// Why stages failed, by key.
  [[nodiscard]] const std::map<std::string, std::string>& reasons() const { return reasons_; }

  /// Keys of the stages that left the adapters that the cell is asked with; of a tuned one those of the chosen trial.
  std::vector<std::string> adapters(const plan::Cell& cell);

  /// The trials of a cell, one that is tuned.
  Tuning tuning(const plan::Cell& cell);

  /// What strategies found in numbers about the cell's examples, by name; a step's share of tokens and time is not among them.
  /// And what judging an example took.
  std::map<std::string, Finding> findings(const plan::Cell& cell);
  /// What is known of a cell's fragility: one an output of the metrics over predictions. What failed is left out.
  std::vector<Fragility> fragility(const plan::Cell& cell);

  /// What the engine counted of one cell, from its stages' bundles; NaN where a stage has none.
  std::map<std::string, double> counts(const plan::Cell& cell);

 private:
  /// What a stage took; a failed one took time as well.
  struct Taken {
    double seconds = 0, tokens = 0, dollars = 0;
    void operator+=(const Taken& other) {
      seconds += other.seconds;
      tokens += other.tokens;
      dollars += other.dollars;
    }
  };
  Taken taken(const plan::Cell& cell, const std::string& key);
  void add_judging(const plan::Cell& cell, std::map<std::string, Finding>& found);
  const store::Store& store_;
  const Json& settings_;
  Warn warn_;
  std::map<std::string, const plan::Stage*> stages_;
  std::map<std::string, std::optional<store::Bundle>> bundles_;
  std::map<std::string, std::string> reasons_;
  std::map<std::string, double> failed_seconds_;
};

}  // namespace assay::report
