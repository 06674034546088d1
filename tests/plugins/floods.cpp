#include <assay/sdk/plugin.h>

#include <cstdio>

namespace {

using namespace assay::sdk;

/// Prints without end.
class Floods final : public Strategy {
 public:
  explicit Floods(const Params&) {}
  void compose(const Input&, PromptDraft&, const PromptContext&) const override {
    for (;;) std::puts("a flood");
  }
};

}  // namespace

ASSAY_STRATEGY(Floods, {.name = "floods", .version = "1.0", .summary = "prints without end", .composes = true})
