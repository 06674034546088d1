#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <limits>
#include <set>

#include "text/samples.h"

namespace {

enum Column : std::size_t { agreeing_pairs, majority_share, distinct, kWidth };

/// How far several answers to the same question agree, whether they are right or not.
class Consistency final : public assay::sdk::SumMetric {
 public:
  explicit Consistency(const assay::sdk::Params& params) : normalize_(params.get<std::string>("normalize", "trim")) {}

  std::vector<assay::sdk::Value> outputs() const override {
    return {{.name = "consistency", .unit = ""},
            {.name = "consistency.majority", .unit = ""},
            {.name = "consistency.distinct", .unit = "", .higher_is_better = false}};
  }

  std::size_t width() const override { return kWidth; }

  void score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion>,
             std::span<double> row) const override {
    const auto samples = metric_text::samples_of(p, normalize_, 2, "agreement");
    const auto n = static_cast<double>(samples.size());
    double pairs = 0;
    std::set<std::string> answers;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const std::size_t votes = metric_text::votes(samples, i, samples.size());
      if (votes > 0) pairs += static_cast<double>(votes - 1);
      if (!samples[i].empty()) answers.insert(samples[i]);
    }
    row[agreeing_pairs] = pairs / (n * (n - 1));
    row[majority_share] = static_cast<double>(metric_text::votes(
                              samples, metric_text::majority(samples, samples.size()), samples.size())) /
                          n;
    row[distinct] = static_cast<double>(answers.size());
  }

  void from_sums(std::span<const double> sums, double count, std::span<double> out) const override {
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = count > 0 ? sums[i] / count : std::numeric_limits<double>::quiet_NaN();
  }

  std::string signature(const assay::sdk::Rows&) const override {
    return "agreement:pairs|unreadable:agrees with nothing|normalize:" + normalize_ + "|version:1.0";
  }

 private:
  std::string normalize_;
};

}  // namespace

ASSAY_METRIC(Consistency, {.name = "consistency",
                           .version = "1.0",
                           .summary = "how far several answers to the same question agree",
                           .params = R"({"type":"object","additionalProperties":false,"properties":{
  "normalize":{"type":"string","enum":["none","trim","lower","squad"],"default":"trim","description":"what is evened out before comparing, as in exact_match"}}})"})
