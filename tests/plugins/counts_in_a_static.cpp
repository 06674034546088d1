#include <assay/sdk/plugin.h>

namespace {

using namespace assay::sdk;

/// Writes into each prompt how many its process has composed.
class CountsInAStatic final : public Strategy {
 public:
  explicit CountsInAStatic(const Params&) {}
  void compose(const Input&, PromptDraft& draft, const PromptContext&) const override {
    static int composed = 0;
    draft.instruction += " " + std::to_string(++composed);
  }
};

}  // namespace

ASSAY_STRATEGY(CountsInAStatic,
               {.name = "counts_in_a_static", .version = "1.0", .summary = "counts in a static", .composes = true})
