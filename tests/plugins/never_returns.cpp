#include <assay/sdk/plugin.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace {

/// Goes round for ever while it composes.
class NeverReturns final : public assay::sdk::Strategy {
 public:
  explicit NeverReturns(const assay::sdk::Params&) {}
  void compose(const assay::sdk::Input&, assay::sdk::PromptDraft&, const assay::sdk::PromptContext&) const override {
    std::atomic<bool> ever{false};
    while (!ever) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
};

}  // namespace

ASSAY_STRATEGY(NeverReturns, {.name = "never_returns", .version = "1.0", .summary = "never returns", .composes = true})
