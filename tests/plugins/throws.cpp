#include <assay/sdk/plugin.h>

#include <stdexcept>

namespace {

/// Throws while it composes; an int with `odd`, which no handler of std::exception catches.
class Throws final : public assay::sdk::Strategy {
 public:
  explicit Throws(const assay::sdk::Params& params) : odd_(params.get<bool>("odd", false)) {}
  void compose(const assay::sdk::Input&, assay::sdk::PromptDraft&, const assay::sdk::PromptContext&) const override {
    if (odd_) throw 42;
    throw std::runtime_error("the shelf is empty");
  }

 private:
  bool odd_;
};

}  // namespace

ASSAY_STRATEGY(Throws, {.name = "throws",
                        .version = "1.0",
                        .summary = "throws",
                        .params = R"({"type":"object","additionalProperties":false,"properties":{
                          "odd":{"type":"boolean","default":false,"description":"throw an int"}}})",
                        .composes = true})
