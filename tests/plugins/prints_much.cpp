#include <assay/sdk/plugin.h>

#include <cstdio>

namespace {

using namespace assay::sdk;

/// Prints more of each prompt than a log should hold.
class PrintsMuch final : public Strategy {
 public:
  explicit PrintsMuch(const Params&) {}
  void compose(const Input&, PromptDraft&, const PromptContext&) const override {
    for (int i = 0; i < 4000; ++i) std::printf("%064d\n", i);
  }
};

}  // namespace

ASSAY_STRATEGY(PrintsMuch, {.name = "prints_much", .version = "1.0", .summary = "prints much", .composes = true})
