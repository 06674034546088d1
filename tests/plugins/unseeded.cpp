#include <assay/sdk/plugin.h>

#include <random>

namespace {

using namespace assay::sdk;

/// Shows an example that a random device chose.
class Unseeded final : public Strategy {
 public:
  explicit Unseeded(const Params&) {}
  std::optional<assay::Json> adapt(std::span<const Example> train, std::span<const Example>, AdaptContext&) override {
    std::random_device device;
    assay::Json chosen = assay::Json::array();
    for (int i = 0; i < 8; ++i) chosen.push_back(device() % train.size());
    return chosen;
  }
};

}  // namespace

ASSAY_STRATEGY(Unseeded, {.name = "unseeded",
                          .version = "1.0",
                          .summary = "draws without the seed",
                          .adapts = true,
                          .random = true,
                          .needs_train = true})
