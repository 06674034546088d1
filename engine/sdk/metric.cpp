#include <assay/sdk/metric.h>

#include <algorithm>
#include <limits>

namespace assay::sdk {

void Metric::begin(const ScoringContext&) {}

std::vector<Request> Metric::ask(const Prediction&) const { return {}; }

void Metric::score_many(std::span<const Prediction> predictions, std::span<double> rows) const {
  const std::size_t columns = width();
  for (std::size_t i = 0; i < predictions.size(); ++i) score(predictions[i], {}, rows.subspan(i * columns, columns));
}

std::string Metric::signature(const Rows&) const { return ""; }

void PerExampleMetric::score(const Prediction& prediction, std::span<const Completion>, std::span<double> row) const {
  row[0] = score(prediction);
}

void PerExampleMetric::values(const Rows& rows, std::span<double> out) const {
  double sum = 0;
  double count = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    sum += rows.weight(i) * rows.row(i)[0];
    count += rows.weight(i);
  }
  out[0] = count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN();
}

void SumMetric::values(const Rows& rows, std::span<double> out) const {
  sums_.assign(rows.width(), 0.0);
  double count = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double weight = rows.weight(i);
    if (weight == 0) continue;
    count += weight;
    const auto row = rows.row(i);
    for (std::size_t c = 0; c < row.size(); ++c) sums_[c] += weight * row[c];
  }
  from_sums(sums_, count, out);
}

}  // namespace assay::sdk
