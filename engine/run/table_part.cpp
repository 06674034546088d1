#include "run/table_part.h"

#include <algorithm>

namespace assay::run {

TablePart::TablePart(std::span<const double> table, std::size_t width, std::vector<std::size_t> rows,
                     std::size_t outputs, int resamples)
    : width_(width),
      outputs_(outputs),
      rows_(std::move(rows)),
      weights_(rows_.size()),
      resampled_(static_cast<std::size_t>(resamples) * outputs) {
  table_.reserve(rows_.size() * width);
  for (const std::size_t row : rows_) {
    const std::span<const double> from = table.subspan(row * width, width);
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
  metric.values(sdk::Rows(table_, width_, weights_),
                std::span(resampled_).subspan(static_cast<std::size_t>(number) * outputs_, outputs_));
}

}  // namespace assay::run
