#include <assay/sdk/plugin.h>

#include <string>

namespace {

using namespace assay::sdk;

/// Writes into each prompt how many were composed before it.
class DependsOnOrder final : public Strategy {
 public:
  explicit DependsOnOrder(const Params&) {}
  void compose(const Input&, PromptDraft& draft, const PromptContext&) const override {
    draft.instruction += " " + std::to_string(++composed_);
  }

 private:
  mutable int composed_ = 0;
};

}  // namespace

ASSAY_STRATEGY(DependsOnOrder,
               {.name = "depends_on_order", .version = "1.0", .summary = "counts its prompts", .composes = true})
