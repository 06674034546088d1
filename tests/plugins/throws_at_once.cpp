#include <assay/sdk/plugin.h>

#include <stdexcept>

namespace {

using namespace assay::sdk;

class ThrowsAtOnce final : public PerExampleMetric {
 public:
  explicit ThrowsAtOnce(const Params&) { throw std::logic_error("never to be made"); }
  std::vector<Value> outputs() const override { return {{.name = "throws_at_once", .unit = ""}}; }
  double score(const Prediction&) const override { return 0; }
};

}  // namespace

ASSAY_METRIC(ThrowsAtOnce, {.name = "throws_at_once", .version = "1.0", .summary = "cannot be made"})
