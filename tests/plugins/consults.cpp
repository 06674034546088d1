#include <assay/sdk/plugin.h>

namespace {

using namespace assay::sdk;

/// Asks for the input's vector before it composes, and writes its width into the prompt.
class Consults final : public Strategy {
 public:
  explicit Consults(const Params&) {}

  std::vector<Request> consult(const Input& input, const PromptContext&) const override {
    Request request{Embed{input.text}, {}, {}};
    request.step = "look";
    return {std::move(request)};
  }

  void compose(const Input&, PromptDraft& draft, const PromptContext& context) const override {
    draft.instruction = std::to_string(context.consulted.front().embedding.size()) + " numbers";
  }
};

}  // namespace

ASSAY_STRATEGY(Consults,
               {.name = "consults", .version = "1.0", .summary = "consults", .composes = true, .consults = true})
