#include <assay/sdk/plugin.h>

#include <string>

namespace {

using namespace assay::sdk;

/// Keeps what the first cell of a process left, and asks with it for ever.
class Leaks final : public Strategy {
 public:
  explicit Leaks(const Params&) {}
  std::optional<assay::Json> adapt(std::span<const Example> train, std::span<const Example>, AdaptContext&) override {
    return assay::Json(train.front().input.text);
  }
  void compose(const Input&, PromptDraft& draft, const PromptContext& context) const override {
    static const std::string first = context.state->get<std::string>();
    draft.instruction += " " + first;
  }
};

}  // namespace

ASSAY_STRATEGY(
    Leaks,
    {.name = "leaks", .version = "1.0", .summary = "leaks", .adapts = true, .composes = true, .needs_train = true})
