// Uses what metrics are given and may return. This file does not change when the SDK grows.
#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <limits>

namespace {

using namespace assay::sdk;

class FrozenMetric final : public SumMetric {
 public:
  explicit FrozenMetric(const Params& params) : scale_(params.get<double>("scale")) {}

  void begin(const ScoringContext& context) override { known_ = context.targets.size() + context.choices.size(); }
  std::vector<Value> outputs() const override {
    return {{.name = "frozen", .unit = "tokens", .higher_is_better = false, .per_example = true}, {"frozen.right", ""}};
  }
  std::size_t width() const override { return 3; }
  void score(const Prediction& p, std::span<const Completion>, std::span<double> row) const override {
    row[0] = scale_ * static_cast<double>(p.usage.prompt_tokens + p.usage.completion_tokens + p.usage.cached_prompt_tokens);
    row[1] = p.answer == p.target || (!p.references.empty() && p.answer == p.references.back()) ? 1 : 0;
    row[2] = static_cast<double>(p.outputs.size() + p.choice_scores.size() + p.input.choices.size() + p.details.size() + known_);
  }
  void from_sums(std::span<const double> sums, double count, std::span<double> out) const override {
    out[0] = count > 0 ? sums[0] / count : std::numeric_limits<double>::quiet_NaN();
    out[1] = count > 0 ? sums[1] / count : std::numeric_limits<double>::quiet_NaN();
  }
  std::string signature(const Rows& rows) const override { return "rows:" + std::to_string(rows.size()); }

 private:
  double scale_;
  std::size_t known_ = 0;
};

}  // namespace

ASSAY_METRIC(FrozenMetric, {.name = ASSAY_FROZEN_NAME,
                            .version = "1.0",
                            .summary = "uses all that metrics are given",
                            .params = R"({"type":"object","additionalProperties":false,"properties":{
  "scale":{"type":"number","default":1,"description":"of the tokens"}}})"})
