#include <assay/sdk/plugin.h>

#include <ctime>
#include <random>

namespace {

using namespace assay::sdk;

/// Draws by the second that it is.
class SeededByTime final : public Strategy {
 public:
  explicit SeededByTime(const Params&) {}
  std::optional<assay::Json> adapt(std::span<const Example>, std::span<const Example>, AdaptContext&) override {
    std::mt19937 random(static_cast<unsigned>(std::time(nullptr)));
    return assay::Json(random());
  }
};

}  // namespace

ASSAY_STRATEGY(
    SeededByTime,
    {.name = "seeded_by_time", .version = "1.0", .summary = "is seeded by the time", .adapts = true, .random = true})
