#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "assay/sdk/metric.h"

namespace assay::run {

/// The place of the worst of some slices' values, the first of equals; none where all are undefined or of fewer than 10
/// examples: small ones are the worst by chance. REQUIRES as many values as sizes.
std::optional<std::size_t> worst_slice(std::span<const double> values, std::span<const std::size_t> examples,
                                       bool higher_is_better);

/// Some rows of a metric's table side by side, so that a resample of them reads nothing else.
class TablePart {
 public:
  /// `row` gives a row of `width` columns of the table; `outputs` is how many values the metric has.
  TablePart(const std::function<std::span<const double>(std::size_t)>& row, std::size_t width,
            std::vector<std::size_t> rows, std::size_t outputs, int resamples);

  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] const std::vector<std::size_t>& rows() const { return rows_; }
  [[nodiscard]] std::span<const double> table() const { return table_; }
  /// resamples × outputs.
  [[nodiscard]] const std::vector<double>& resampled() const { return resampled_; }

  /// Of the rows as they are.
  void values(const sdk::Metric& metric, std::span<double> out) const;
  [[nodiscard]] std::string signature(const sdk::Metric& metric) const;

  /// Values of resample `number`, given how often each row of the whole table was drawn.
  void resample(const sdk::Metric& metric, std::span<const double> drawn, int number);
  /// The same, given how often each row of the part counts.
  void resample_weighed(const sdk::Metric& metric, std::span<const double> weights, int number);

 private:
  std::size_t width_, outputs_;
  std::vector<std::size_t> rows_;
  std::vector<double> table_, weights_, resampled_;
};

}  // namespace assay::run
