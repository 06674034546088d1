#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <algorithm>
#include <limits>
#include <map>

namespace {

/// F1 of a single-label classification, as scikit-learn's f1_score with zero_division=0 and labels = the task's classes.
///
/// A row holds, for each class c, whether the example is a true positive, a predicted c, an actual c; so a resample is
/// a weighted sum. An answer outside the classes is a prediction of none: it costs recall, and micro precision stays
/// over the answers given, as scikit-learn does when `labels` leaves the odd answer out.
class F1 final : public assay::sdk::SumMetric {
 public:
  explicit F1(const assay::sdk::Params& params)
      : average_(params.get<std::string>("average", "macro")), per_class_(params.get<bool>("per_class", false)) {}

  std::vector<assay::sdk::Value> outputs() const override {
    const auto value = [](const std::string& name) {
      return assay::sdk::Value{.name = name, .unit = "", .higher_is_better = true, .per_example = false};
    };
    std::vector<assay::sdk::Value> all{value("f1")};
    for (const char* average : {"macro", "micro", "weighted"}) {
      if (average_ != average) all.push_back(value(std::string("f1.") + average));
    }
    for (std::size_t c = 0; per_class_ && c < classes_.size(); ++c) {
      for (const char* kind : {"f1.class.", "f1.precision.", "f1.recall."}) all.push_back(value(kind + names_[c]));
    }
    return all;
  }

  void begin(const assay::sdk::ScoringContext& context) override {
    const auto names = context.choices.empty() ? context.targets : context.choices;
    names_.assign(names.begin(), names.end());
    classes_.clear();
    for (const std::string& name : names_) classes_.emplace(name, classes_.size());
  }

  std::size_t width() const override { return 3 * classes_.size(); }

  void score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion>,
             std::span<double> row) const override {
    const auto actual = classes_.find(p.target);
    const auto predicted = classes_.find(p.answer);
    if (predicted != classes_.end()) row[3 * predicted->second + 1] = 1;
    if (actual == classes_.end()) return;
    row[3 * actual->second + 2] = 1;
    if (predicted == actual) row[3 * actual->second] = 1;
  }

  void from_sums(std::span<const double> sums, double count, std::span<double> out) const override {
    if (count <= 0 || classes_.empty()) {
      std::fill(out.begin(), out.end(), std::numeric_limits<double>::quiet_NaN());
      return;
    }
    double macro = 0, weighted = 0, true_positives = 0, predicted = 0, actual = 0;
    for (std::size_t c = 0; c < classes_.size(); ++c) {
      const double tp = sums[3 * c], p = sums[3 * c + 1], a = sums[3 * c + 2];
      const double f1 = p + a > 0 ? 2 * tp / (p + a) : 0;
      macro += f1;
      weighted += f1 * a;
      true_positives += tp, predicted += p, actual += a;
    }
    const std::map<std::string, double> averages{
        {"macro", macro / static_cast<double>(classes_.size())},
        {"micro", predicted + actual > 0 ? 2 * true_positives / (predicted + actual) : 0},
        {"weighted", actual > 0 ? weighted / actual : 0}};
    std::size_t next = 0;
    out[next++] = averages.at(average_);
    for (const char* average : {"macro", "micro", "weighted"}) {
      if (average_ != average) out[next++] = averages.at(average);
    }
    const auto share = [](double part, double whole) { return whole > 0 ? part / whole : 0; };
    for (std::size_t c = 0; per_class_ && c < classes_.size(); ++c) {
      const double tp = sums[3 * c], p = sums[3 * c + 1], a = sums[3 * c + 2];
      out[next++] = share(2 * tp, p + a);
      out[next++] = share(tp, p);
      out[next++] = share(tp, a);
    }
  }

  std::string signature(const assay::sdk::Rows&) const override {
    return "average:" + average_ + "|classes:" + std::to_string(classes_.size()) +
           "|other:none|zero_division:0|version:1.1";
  }

 private:
  std::string average_;
  bool per_class_;
  std::vector<std::string> names_;
  std::map<std::string, std::size_t> classes_;
};

}  // namespace

ASSAY_METRIC(F1, {.name = "f1",
                  .version = "1.1",
                  .summary = "F1 of a classification: macro, micro, weighted",
                  .params = R"({"type":"object","additionalProperties":false,"properties":{
  "average":{"type":"string","enum":["macro","micro","weighted"],"default":"macro",
    "description":"which one is reported as `f1`; the others stand beside it"},
  "per_class":{"type":"boolean","default":false,"description":"also reports each class's F1, precision and recall"}}})"})
