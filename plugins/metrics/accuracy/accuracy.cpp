#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

namespace {

/// Share of answers that equal the first reference, byte for byte after the engine's trimming: for tasks with one right
/// label. `exact_match` is the one with several references and normalisation.
class Accuracy final : public assay::sdk::PerExampleMetric {
 public:
  explicit Accuracy(const assay::sdk::Params&) {}

  std::vector<assay::sdk::Value> outputs() const override { return {{.name = "accuracy", .unit = ""}}; }

  double score(const assay::sdk::Prediction& p) const override { return p.answer == p.target ? 1.0 : 0.0; }
};

}  // namespace

ASSAY_METRIC(Accuracy, {.name = "accuracy", .version = "1.0", .summary = "share of answers equal to the target"})
