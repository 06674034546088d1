#include <assay/sdk/error.h>
#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "text/labels.h"
#include "text/probabilities.h"

namespace {

/// The area under the ROC curve: how often an example of a class scores above one that is not of it, ties counting half
/// (Hanley & McNeil 1982). As scikit-learn's roc_auc_score; more than two classes one against the rest.
class Auroc final : public assay::sdk::Metric {
 public:
  explicit Auroc(const assay::sdk::Params& params)
      : average_(params.get<std::string>("average", "macro")), positive_(params.get<std::string>("positive", "")) {}

  std::vector<assay::sdk::Value> outputs() const override {
    return {{.name = "auroc", .unit = "", .per_example = false}};
  }

  void begin(const assay::sdk::ScoringContext& context) override {
    labels_.begin(context);
    if (context.choices.empty())
      throw assay::BadInput("auroc needs a dataset with choices that the model scores; this one has free text");
    if (!positive_.empty() && labels_.number(positive_) == labels_.size())
      throw assay::BadInput("'positive' names '" + positive_ + "', which is none of the choices");
  }

  std::size_t width() const override { return 1 + labels_.size(); }

  void score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion>,
             std::span<double> row) const override {
    const std::vector<double> probabilities = metric_text::choice_probabilities(p);
    if (probabilities.size() != labels_.size()) {
      throw assay::BadInput("example " + p.input.id +
                            " has no scores of its choices, so answers cannot be ranked: a model must score them (no "
                            "strategy that writes its answer)");
    }
    row[0] = static_cast<double>(labels_.number(p.target));
    std::copy(probabilities.begin(), probabilities.end(), row.begin() + 1);
  }

  void values(const assay::sdk::Rows& rows, std::span<double> out) const override {
    if (!positive_.empty() || labels_.size() == 2) {
      out[0] = of_class(rows, positive_.empty() ? 1 : labels_.number(positive_)).area;
      return;
    }
    double areas = 0, weights = 0;
    for (std::size_t c = 0; c < labels_.size(); ++c) {
      const Area one = of_class(rows, c);
      const double weight = average_ == "macro" ? 1 : one.examples;
      if (weight == 0) continue;
      areas += weight * one.area;
      weights += weight;
    }
    out[0] = weights > 0 ? areas / weights : std::numeric_limits<double>::quiet_NaN();
  }

  std::string signature(const assay::sdk::Rows&) const override {
    const bool binary = !positive_.empty() || labels_.size() == 2;
    return (binary ? "positive:" + (positive_.empty() ? labels_.name(1) : positive_)
                   : "multi:ovr|average:" + average_) +
           "|ties:half|version:1.0";
  }

 private:
  struct Area {
    double area = 0, examples = 0;
  };

  /// NaN where all examples are of the class, or none.
  static Area of_class(const assay::sdk::Rows& rows, std::size_t label) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows.weight(i) > 0) order.push_back(i);
    }
    const auto score = [&](std::size_t i) { return rows.row(i)[1 + label]; };
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return score(a) < score(b); });
    double pairs = 0, of = 0, others = 0;
    for (std::size_t at = 0; at < order.size();) {
      double tied_of = 0, tied_others = 0;
      const double value = score(order[at]);
      for (; at < order.size() && score(order[at]) == value; ++at) {
        const bool is = rows.row(order[at])[0] == static_cast<double>(label);
        (is ? tied_of : tied_others) += rows.weight(order[at]);
      }
      pairs += tied_of * (others + tied_others / 2);
      of += tied_of;
      others += tied_others;
    }
    return {of > 0 && others > 0 ? pairs / (of * others) : std::numeric_limits<double>::quiet_NaN(), of};
  }

  std::string average_, positive_;
  metric_text::Labels labels_;
};

}  // namespace

ASSAY_METRIC(Auroc, {.name = "auroc",
                     .version = "1.0",
                     .summary = "area under the ROC curve of scored choices",
                     .params = R"({"type":"object","additionalProperties":false,"properties":{
  "average":{"type":"string","enum":["macro","weighted"],"default":"macro","description":"over more than two classes, each against the rest"},
  "positive":{"type":"string","default":"","description":"this class against the rest; of two choices the second unless given"}}})"})
