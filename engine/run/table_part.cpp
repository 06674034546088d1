#include "run/table_part.h"

#include <algorithm>
#include <cmath>

namespace assay::run {

std::optional<std::size_t> worst_slice(std::span<const double> values, std::span<const std::size_t> examples,
                                       bool higher_is_better) {
  constexpr std::size_t kFewest = 10;
  std::optional<std::size_t> worst;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (examples[i] < kFewest || std::isnan(values[i])) continue;
    if (!worst || (higher_is_better ? values[i] < values[*worst] : values[i] > values[*worst])) worst = i;
  }
  return worst;
}

TablePart::TablePart(const std::function<std::span<const double>(std::size_t)>& row, std::size_t width,
                     std::vector<std::size_t> rows, std::size_t outputs, int resamples)
    : width_(width),
      outputs_(outputs),
      rows_(std::move(rows)),
      weights_(rows_.size()),
      resampled_(static_cast<std::size_t>(resamples) * outputs) {
  table_.reserve(rows_.size() * width);
  for (const std::size_t i : rows_) {
    const std::span<const double> from = row(i);
    table_.insert(table_.end(), from.begin(), from.end());
  }
}

void TablePart::values(const sdk::Metric& metric, std::span<double> out) const {
  const std::vector<double> once(rows_.size(), 1.0);
  metric.values(sdk::Rows(table_, width_, once), out);
}

std::string TablePart::signature(const sdk::Metric& metric) const {
  const std::vector<double> once(rows_.size(), 1.0);
  return metric.signature(sdk::Rows(table_, width_, once));
}

void TablePart::resample(const sdk::Metric& metric, std::span<const double> drawn, int number) {
  for (std::size_t i = 0; i < rows_.size(); ++i) weights_[i] = drawn[rows_[i]];
  resample_weighed(metric, weights_, number);
}

void TablePart::resample_weighed(const sdk::Metric& metric, std::span<const double> weights, int number) {
  metric.values(sdk::Rows(table_, width_, weights),
                std::span(resampled_).subspan(static_cast<std::size_t>(number) * outputs_, outputs_));
}

}  // namespace assay::run
