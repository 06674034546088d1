#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <algorithm>

#include "text/normalize.h"

namespace {

/// Share of answers equal to one of the references after normalising; SQuAD's "EM" with `normalize: squad`.
class ExactMatch final : public assay::sdk::PerExampleMetric {
 public:
  explicit ExactMatch(const assay::sdk::Params& params) : normalize_(params.get<std::string>("normalize", "trim")) {}

  std::vector<assay::sdk::Value> outputs() const override { return {{.name = "exact_match", .unit = ""}}; }

  double score(const assay::sdk::Prediction& p) const override {
    const std::string answer = metric_text::normalized(p.answer, normalize_);
    return std::any_of(p.references.begin(), p.references.end(), [&](const std::string& reference) {
      return metric_text::normalized(reference, normalize_) == answer;
    });
  }

 private:
  std::string normalize_;
};

}  // namespace

ASSAY_METRIC(ExactMatch, {.name = "exact_match",
                          .version = "1.1",
                          .summary = "share of answers equal to a reference after normalising",
                          .params = R"({"type":"object","additionalProperties":false,"properties":{
                            "normalize":{"type":"string","enum":["none","trim","lower","squad"],"default":"trim",
                              "description":"what is evened out before comparing"}}})"})
