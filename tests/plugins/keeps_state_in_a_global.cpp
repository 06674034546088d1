#include <assay/sdk/plugin.h>

#include <string>

namespace {

using namespace assay::sdk;

std::string first_row;

/// Asks with what its own process has adapted, and with nothing in another.
class KeepsStateInAGlobal final : public Strategy {
 public:
  explicit KeepsStateInAGlobal(const Params&) {}
  std::optional<assay::Json> adapt(std::span<const Example> train, std::span<const Example>, AdaptContext&) override {
    first_row = train.front().input.text;
    return assay::Json("kept elsewhere");
  }
  void compose(const Input&, PromptDraft& draft, const PromptContext&) const override {
    draft.instruction += " " + first_row;
  }
};

}  // namespace

ASSAY_STRATEGY(KeepsStateInAGlobal, {.name = "keeps_state_in_a_global",
                                     .version = "1.0",
                                     .summary = "keeps its state in a global",
                                     .adapts = true,
                                     .composes = true,
                                     .needs_train = true})
