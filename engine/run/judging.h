#pragma once
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "assay/sdk/metric.h"
#include "run/replayed_model.h"
#include "run/stage.h"

namespace assay::run {

/// Examples about which a judge is asked together.
inline constexpr std::size_t kJudgedAtOnce = 256;

/// What a metric that asks needs in a score stage: the judge, and what it is to know of an example beyond its prediction.
/// Answers are kept as they come, so that a stage that goes on after a kill or a failure does not ask for them again.
class Judging {
 public:
  /// Opens the job's judge, which the job must have. All outlive this.
  explicit Judging(StageWork& work);

  /// Adds what the metric may use while it asks.
  void prepare(sdk::ScoringContext& context) const;

  /// Gives an input its row's fields.
  void complete(sdk::Input& input) const;
  /// What the other cell answered; null where the metric compares with none. @throws Error where it has no answer
  [[nodiscard]] const std::string* opponent(const std::string& example) const;

  /// The judge's answers about each prediction, in the order that the metric asked. What they took is the stage's.
  /// @throws Error where one cannot be had, naming the first such example
  std::vector<std::vector<sdk::Completion>> ask(const sdk::Metric& metric,
                                                std::span<const sdk::Prediction> predictions);

  /// Logs requests and tokens as KPIs named after the metric.
  void log() const;

 private:
  /// Puts a conversation that has no text in the judge's form.
  void put(sdk::Request& request) const;

  StageWork& work_;
  std::optional<ReplayedModel> judge_;
  std::unordered_map<std::string, const sdk::Example*> examples_;  ///< by id
  std::unordered_map<std::string, std::string> opponents_;         ///< answers by example
  std::size_t requests_ = 0;
};

}  // namespace assay::run
