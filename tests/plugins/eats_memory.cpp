#include <assay/sdk/plugin.h>

#include <chrono>
#include <thread>
#include <vector>

namespace {

/// Takes 16 MB of memory every 10 ms, and touches it; at 4 GB it stops, so that a missing limit fails a test, not a machine.
class EatsMemory final : public assay::sdk::Strategy {
 public:
  explicit EatsMemory(const assay::sdk::Params&) {}
  void compose(const assay::sdk::Input&, assay::sdk::PromptDraft&, const assay::sdk::PromptContext&) const override {
    std::vector<std::vector<char>> meals;
    while (meals.size() < 256) {
      meals.emplace_back(16U << 20U, 'x');
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
};

}  // namespace

ASSAY_STRATEGY(EatsMemory, {.name = "eats_memory", .version = "1.0", .summary = "eats memory", .composes = true})
