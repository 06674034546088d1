#include <assay/sdk/plugin.h>

namespace {

using namespace assay::sdk;

/// Scores by how often its process has scored.
class CountsScores final : public PerExampleMetric {
 public:
  explicit CountsScores(const Params&) {}
  std::vector<Value> outputs() const override { return {{.name = "counts_scores", .unit = ""}}; }
  double score(const Prediction&) const override {
    static int scored = 0;
    return ++scored;
  }
};

}  // namespace

ASSAY_METRIC(CountsScores, {.name = "counts_scores", .version = "1.0", .summary = "counts what it scores"})
