#include <assay/sdk/plugin.h>

namespace {

using namespace assay::sdk;

/// Reads a parameter that its schema does not name, and not before it scores.
class ReadsLate final : public PerExampleMetric {
 public:
  explicit ReadsLate(const Params& params) : params_(params) {}
  std::vector<Value> outputs() const override { return {{.name = "reads_late", .unit = ""}}; }
  double score(const Prediction& prediction) const override {
    return params_.get<double>("hidden_factor", 1.0) * static_cast<double>(prediction.answer.size());
  }

 private:
  Params params_;
};

}  // namespace

ASSAY_METRIC(ReadsLate, {.name = "reads_late", .version = "1.0", .summary = "reads what it does not declare, late"})
