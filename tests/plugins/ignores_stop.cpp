#include <assay/sdk/plugin.h>

#include <chrono>
#include <thread>

namespace {

using namespace assay::sdk;

/// Works on for a while, whatever it is asked.
class IgnoresStop final : public Strategy {
 public:
  explicit IgnoresStop(const Params&) {}
  std::optional<assay::Json> adapt(std::span<const Example>, std::span<const Example>, AdaptContext&) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    return std::nullopt;
  }
};

}  // namespace

ASSAY_STRATEGY(IgnoresStop, {.name = "ignores_stop", .version = "1.0", .summary = "ignores a stop", .adapts = true})
