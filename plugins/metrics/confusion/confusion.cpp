#include <assay/sdk/error.h>
#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <limits>

#include "text/labels.h"

namespace {

constexpr std::size_t kMostClasses = 32;  // a thousand numbers; no one reads more

/// The confusion matrix, a value a cell, as scikit-learn's confusion_matrix with its `normalize`.
class Confusion final : public assay::sdk::Metric {
 public:
  explicit Confusion(const assay::sdk::Params& params) : normalize_(params.get<std::string>("normalize", "true")) {}

  void begin(const assay::sdk::ScoringContext& context) override {
    labels_.begin(context);
    if (labels_.size() > kMostClasses) {
      throw assay::BadInput("a confusion matrix of " + std::to_string(labels_.size()) +
                            " classes is too large to read (at most " + std::to_string(kMostClasses) +
                            "); f1 with per_class reports a number a class");
    }
  }

  std::vector<assay::sdk::Value> outputs() const override {
    std::vector<assay::sdk::Value> all{
        {.name = "confusion", .unit = "", .higher_is_better = false, .per_example = false}};
    for (std::size_t actual = 0; actual < labels_.size(); ++actual) {
      for (std::size_t predicted = 0; predicted <= labels_.size(); ++predicted) {
        all.push_back({.name = "confusion." + labels_.name(actual) + "→" + name(predicted),
                       .unit = "",
                       .higher_is_better = actual == predicted,
                       .per_example = false});
      }
    }
    return all;
  }

  std::size_t width() const override { return 2; }

  void score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion>,
             std::span<double> row) const override {
    labels_.write(p, row);
  }

  void values(const assay::sdk::Rows& rows, std::span<double> out) const override {
    const metric_text::PairCounts counts(rows, labels_.size());
    const auto share = [](double part, double whole) {
      return whole > 0 ? part / whole : std::numeric_limits<double>::quiet_NaN();
    };
    std::size_t next = 0;
    out[next++] = share(counts.total() - counts.correct(), counts.total());
    for (std::size_t actual = 0; actual < labels_.size(); ++actual) {
      for (std::size_t predicted = 0; predicted <= labels_.size(); ++predicted) {
        const double count = counts.at(actual, predicted);
        out[next++] = normalize_ == "true"   ? share(count, counts.actual(actual))
                      : normalize_ == "pred" ? share(count, counts.predicted(predicted))
                      : normalize_ == "all"  ? share(count, counts.total())
                                             : count;
      }
    }
  }

  std::string signature(const assay::sdk::Rows&) const override {
    return "classes:" + std::to_string(labels_.size()) + "|normalize:" + normalize_ + "|version:1.0";
  }

 private:
  std::string name(std::size_t predicted) const {
    return predicted < labels_.size() ? labels_.name(predicted) : "(none)";
  }

  std::string normalize_;
  metric_text::Labels labels_;
};

}  // namespace

ASSAY_METRIC(Confusion, {.name = "confusion",
                         .version = "1.0",
                         .summary = "the confusion matrix of a classification, a value a cell",
                         .params = R"({"type":"object","additionalProperties":false,"properties":{
  "normalize":{"type":"string","enum":["true","pred","all","none"],"default":"true",
    "description":"shares of each actual class, of each predicted class or of all examples; none for counts"}}})"})
