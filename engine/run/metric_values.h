#pragma once
#include <span>
#include <string>
#include <vector>

#include "run/asking.h"

namespace assay::run {

/// One value of the job's metric, of answers that a strategy's adapting came to.
class MetricValues {
 public:
  /// Of `examples`, asked about in `seconds`. `value` is the one that counts ("f1.macro"), or the metric's own name for its
  /// first. @throws BadInput where the metric has no such value; Error where the plugin fails
  MetricValues(StageWork& work, const std::string& value, std::span<const sdk::Example* const> examples,
               std::span<const Asked> asked, double seconds);

  [[nodiscard]] double of_all() const;
  [[nodiscard]] double of_row(std::size_t row) const;  ///< of that row by itself
  [[nodiscard]] bool higher_is_better() const { return output_.higher_is_better; }

 private:
  [[nodiscard]] double value_of(std::span<const double> rows, std::size_t count) const;

  StageWork& work_;
  std::shared_ptr<sdk::Metric> metric_;
  std::size_t place_ = 0, width_ = 0, values_ = 0;
  sdk::Value output_;
  std::vector<double> table_;
};

}  // namespace assay::run
