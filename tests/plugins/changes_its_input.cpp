#include <assay/sdk/plugin.h>

namespace {

using namespace assay::sdk;

/// Writes into the answers that it is given to read.
class ChangesItsInput final : public PerExampleMetric {
 public:
  explicit ChangesItsInput(const Params&) {}
  std::vector<Value> outputs() const override { return {{.name = "changes_its_input", .unit = ""}}; }
  double score(const Prediction& prediction) const override {
    const_cast<std::string&>(prediction.answer) += "!";
    return 1;
  }
};

}  // namespace

ASSAY_METRIC(ChangesItsInput, {.name = "changes_its_input", .version = "1.0", .summary = "changes its input"})
