#include <assay/sdk/plugin.h>

#include <random>

namespace {

using namespace assay::sdk;

/// Is another in each process, as a hash table with a salt is.
class Salted final : public PerExampleMetric {
 public:
  explicit Salted(const Params&) {}
  std::vector<Value> outputs() const override { return {{.name = "salted", .unit = ""}}; }
  double score(const Prediction&) const override {
    static const double salt = std::random_device()() % 1000000;
    return salt;
  }
};

}  // namespace

ASSAY_METRIC(Salted, {.name = "salted", .version = "1.0", .summary = "differs from process to process"})
