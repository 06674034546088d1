#include "text/samples.h"

#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <algorithm>
#include <limits>

#include "text/normalize.h"

namespace {

/// pass@k (Chen et al. 2021) and majority@k over the answers of examples that were asked several times.
class Samples final : public assay::sdk::SumMetric {
 public:
  explicit Samples(const assay::sdk::Params& params)
      : k_(params.get<std::vector<std::size_t>>("k", {1})), normalize_(params.get<std::string>("normalize", "trim")) {}

  std::vector<assay::sdk::Value> outputs() const override {
    std::vector<assay::sdk::Value> all;
    for (const char* kind : {"samples.pass@", "samples.majority@"}) {
      for (const std::size_t k : k_) all.push_back({.name = kind + std::to_string(k), .unit = ""});
    }
    return all;
  }

  std::size_t width() const override { return 2 * k_.size(); }

  void score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion>,
             std::span<double> row) const override {
    const std::size_t largest = *std::max_element(k_.begin(), k_.end());
    const auto samples = metric_text::samples_of(p, normalize_, largest, "pass@" + std::to_string(largest));
    std::vector<bool> right;
    for (const std::string& sample : samples) {
      right.push_back(std::any_of(p.references.begin(), p.references.end(), [&](const std::string& reference) {
        return metric_text::normalized(reference, normalize_) == sample;
      }));
    }
    const auto correct = static_cast<std::size_t>(std::count(right.begin(), right.end(), true));
    for (std::size_t i = 0; i < k_.size(); ++i) {
      row[i] = pass(samples.size(), correct, k_[i]);
      row[k_.size() + i] = right[metric_text::majority(samples, k_[i])];
    }
  }

  void from_sums(std::span<const double> sums, double count, std::span<double> out) const override {
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = count > 0 ? sums[i] / count : std::numeric_limits<double>::quiet_NaN();
  }

  std::string signature(const assay::sdk::Rows&) const override {
    return "pass:unbiased|majority:first k|ties:first|normalize:" + normalize_ + "|version:1.0";
  }

 private:
  /// 1 − C(n−c, k) / C(n, k) as a product (Chen et al. 2021, figure 3).
  static double pass(std::size_t n, std::size_t c, std::size_t k) {
    if (n - c < k) return 1;
    double miss = 1;
    for (std::size_t i = n - c + 1; i <= n; ++i) miss *= 1 - static_cast<double>(k) / static_cast<double>(i);
    return 1 - miss;
  }

  std::vector<std::size_t> k_;
  std::string normalize_;
};

}  // namespace

ASSAY_METRIC(Samples, {.name = "samples",
                       .version = "1.0",
                       .summary = "pass@k and majority@k over several answers to each question",
                       .params = R"({"type":"object","additionalProperties":false,"properties":{
  "k":{"type":"array","items":{"type":"integer","minimum":1},"minItems":1,"uniqueItems":true,"default":[1],"description":"for which numbers of answers"},
  "normalize":{"type":"string","enum":["none","trim","lower","squad"],"default":"trim","description":"what is evened out before comparing, as in exact_match"}}})"})
