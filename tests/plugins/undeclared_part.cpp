#include <assay/sdk/plugin.h>

namespace {

using namespace assay::sdk;

/// Composes, and says nothing of it: nobody ever calls it.
class UndeclaredPart final : public Strategy {
 public:
  explicit UndeclaredPart(const Params&) {}
  void compose(const Input&, PromptDraft& draft, const PromptContext&) const override { draft.instruction = "do it"; }
};

}  // namespace

ASSAY_STRATEGY(UndeclaredPart, {.name = "undeclared_part", .version = "1.0", .summary = "hides a part"})
