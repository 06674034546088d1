#include <assay/sdk/plugin.h>
#include <assay/sdk/strategy.h>

namespace {

using namespace assay::sdk;

/// Asks nicely. Does it help?
class Polite final : public Strategy {
 public:
  explicit Polite(const Params& params) : word_(params.get<std::string>("word", "please")) {}

  void compose(const Input&, PromptDraft& draft, const PromptContext&) const override {
    draft.instruction = draft.instruction.empty() ? word_ : word_ + " " + draft.instruction;
  }

 private:
  std::string word_;
};

}  // namespace

ASSAY_STRATEGY(Polite, {.name = "polite",
                        .version = "1.0",
                        .summary = "begins the instruction with a polite word",
                        .params = R"({"type":"object","additionalProperties":false,"properties":{
  "word":{"type":"string","default":"please","description":"the word"}}})",
                        .composes = true})
