#include <assay/sdk/plugin.h>

namespace {

using namespace assay::sdk;

/// Reads a parameter that its schema does not name.
class Undeclared final : public PerExampleMetric {
 public:
  explicit Undeclared(const Params& params) : secret_(params.get<double>("secret_factor", 1.0)) {}
  std::vector<Value> outputs() const override { return {{.name = "undeclared", .unit = ""}}; }
  double score(const Prediction& prediction) const override {
    return secret_ * static_cast<double>(prediction.answer.size());
  }

 private:
  double secret_;
};

}  // namespace

ASSAY_METRIC(Undeclared, {.name = "undeclared", .version = "1.0", .summary = "reads what it does not declare"})
