#include <assay/sdk/plugin.h>

#include <random>

namespace {

using namespace assay::sdk;

/// Is random in every fiftieth prompt.
class RandomNowAndThen final : public Strategy {
 public:
  explicit RandomNowAndThen(const Params&) {}
  void compose(const Input&, PromptDraft& draft, const PromptContext&) const override {
    if (++composed_ % 50 == 0) draft.instruction += " " + std::to_string(std::random_device()());
  }

 private:
  mutable int composed_ = 0;
};

}  // namespace

ASSAY_STRATEGY(RandomNowAndThen,
               {.name = "random_now_and_then", .version = "1.0", .summary = "is random now and then", .composes = true})
