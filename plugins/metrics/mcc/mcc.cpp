#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <cmath>
#include <limits>

#include "text/labels.h"

namespace {

/// Matthews' correlation of predicted and actual classes, for any number of them (Gorodkin 2004's R_K), as scikit-learn's
/// matthews_corrcoef. An answer outside the classes is a class of its own.
class Mcc final : public assay::sdk::Metric {
 public:
  explicit Mcc(const assay::sdk::Params&) {}

  std::vector<assay::sdk::Value> outputs() const override {
    return {{.name = "mcc", .unit = "", .per_example = false}};
  }

  void begin(const assay::sdk::ScoringContext& context) override { labels_.begin(context); }

  std::size_t width() const override { return 2; }

  void score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion>,
             std::span<double> row) const override {
    labels_.write(p, row);
  }

  void values(const assay::sdk::Rows& rows, std::span<double> out) const override {
    const metric_text::PairCounts counts(rows, labels_.size());
    const double n = counts.total();
    if (n <= 0) {
      out[0] = std::numeric_limits<double>::quiet_NaN();
      return;
    }
    double products = 0, actual_squares = 0, predicted_squares = 0;
    for (std::size_t c = 0; c < counts.side(); ++c) {
      const double actual = counts.actual(c), predicted = counts.predicted(c);
      products += actual * predicted;
      actual_squares += actual * actual;
      predicted_squares += predicted * predicted;
    }
    const double spread = std::sqrt((n * n - actual_squares) * (n * n - predicted_squares));
    out[0] = spread > 0 ? (n * counts.correct() - products) / spread : 0;
  }

  std::string signature(const assay::sdk::Rows&) const override {
    return "classes:" + std::to_string(labels_.size()) + "|other:own class|constant:0|version:1.0";
  }

 private:
  metric_text::Labels labels_;
};

}  // namespace

ASSAY_METRIC(Mcc, {.name = "mcc", .version = "1.0", .summary = "Matthews' correlation coefficient of a classification"})
