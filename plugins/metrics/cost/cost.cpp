#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

namespace {

/// Dollars for a thousand examples by the model's price: a price sheet for tokens, or the machine's price an hour for
/// the seconds that a local model took. What a model without a price costs is not known: NaN.
class Cost final : public assay::sdk::PerExampleMetric {
 public:
  explicit Cost(const assay::sdk::Params&) {}

  std::vector<assay::sdk::Value> outputs() const override {
    return {{.name = "cost", .unit = "USD/1k", .higher_is_better = false, .per_example = true}};
  }

  double score(const assay::sdk::Prediction& p) const override { return 1000.0 * p.dollars; }
};

}  // namespace

ASSAY_METRIC(Cost, {.name = "cost", .version = "1.1", .summary = "dollars for a thousand requests", .prices = true})
