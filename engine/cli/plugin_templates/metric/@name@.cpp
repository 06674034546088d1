#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <algorithm>

namespace {

using namespace assay::sdk;

/// The share of an answer's letters that the target begins with, too. Change the body of `score`.
class @Class@ final : public PerExampleMetric {
 public:
  explicit @Class@(const Params& params) : most_(params.get<double>("most")) {}

  std::vector<Value> outputs() const override { return {{.name = "@name@", .unit = ""}}; }

  double score(const Prediction& prediction) const override {
    const std::string& answer = prediction.answer;
    const std::string& target = prediction.target;
    if (answer.empty()) return 0;
    const auto differ = std::mismatch(answer.begin(), answer.end(), target.begin(), target.end()).first;
    return std::min(most_, static_cast<double>(differ - answer.begin()) / static_cast<double>(answer.size()));
  }

 private:
  double most_;
};

}  // namespace

ASSAY_METRIC(@Class@, {.name = "@name@",
                       .version = "0.1",
                       .summary = "how far answers begin as their targets do",
                       .params = R"({"type":"object","additionalProperties":false,"properties":{
  "most":{"type":"number","minimum":0,"maximum":1,"default":1,"description":"a higher share counts as this"}}})"})
