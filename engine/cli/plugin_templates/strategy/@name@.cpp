#include <assay/sdk/plugin.h>
#include <assay/sdk/strategy.h>

namespace {

using namespace assay::sdk;

/// Adds a hint to the instruction. Change the body of `compose`; docs/plugins.md tells of the other parts.
class @Class@ final : public Strategy {
 public:
  explicit @Class@(const Params& params) : hint_(params.get<std::string>("hint")) {}

  void compose(const Input&, PromptDraft& draft, const PromptContext&) const override {
    if (!draft.instruction.empty()) draft.instruction += " ";
    draft.instruction += hint_;
  }

 private:
  std::string hint_;
};

}  // namespace

ASSAY_STRATEGY(@Class@, {.name = "@name@",
                         .version = "0.1",
                         .summary = "adds a hint to the instruction",
                         .params = R"({"type":"object","additionalProperties":false,"properties":{
  "hint":{"type":"string","minLength":1,"default":"Read the message twice.","description":"what is added"}}})",
                         .composes = true})
