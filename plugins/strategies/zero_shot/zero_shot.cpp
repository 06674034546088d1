#include <assay/sdk/plugin.h>
#include <assay/sdk/strategy.h>

namespace {

/// Asks with the instruction alone, or with another instruction or prompt file than the experiment's.
class ZeroShot final : public assay::sdk::Strategy {
 public:
  explicit ZeroShot(const assay::sdk::Params& params)
      : instruction_(params.get<std::string>("instruction", "")),
        system_(params.get<std::string>("system", "")),
        template_(params.get<std::string>("template", "")),
        variables_(params.get<assay::Json>("variables", assay::Json::object())) {}

  void compose(const assay::sdk::Input&, assay::sdk::PromptDraft& draft,
               const assay::sdk::PromptContext&) const override {
    if (!instruction_.empty()) draft.instruction = instruction_;
    if (!system_.empty()) draft.system = system_;
    if (!template_.empty()) draft.template_name = template_;
    draft.variables.update(variables_);
  }

 private:
  std::string instruction_, system_, template_;
  assay::Json variables_;
};

}  // namespace

ASSAY_STRATEGY(ZeroShot, {.name = "zero_shot",
                          .version = "1.0",
                          .summary = "asks with an instruction and no examples",
                          .params = R"({"type":"object","additionalProperties":false,"properties":{
  "instruction":{"type":"string","default":"","description":"replaces the dataset's instruction; empty keeps it"},
  "system":{"type":"string","default":"","description":"the system message; empty for none"},
  "template":{"type":"string","default":"","format":"prompt-file",
    "description":"a prompt file (Jinja) in place of the experiment's, relative to the experiment, or a library's name@version"},
  "variables":{"type":"object","default":{},"additionalProperties":{"type":"string"},
    "description":"further variables for the prompt file"}}})",
                          .composes = true})
