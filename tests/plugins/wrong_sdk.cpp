#include <assay/sdk/plugin.h>

namespace {

/// Built for an SDK that does not exist: it must be refused unloaded.
class WrongSdk final : public assay::sdk::PerExampleMetric {
 public:
  explicit WrongSdk(const assay::sdk::Params&) {}
  std::vector<assay::sdk::Value> outputs() const override { return {{.name = "wrong_sdk", .unit = ""}}; }
  double score(const assay::sdk::Prediction&) const override { return 0; }
};

}  // namespace

ASSAY_METRIC(WrongSdk, {.name = "wrong_sdk", .version = "1.0", .summary = "built for another SDK"})
