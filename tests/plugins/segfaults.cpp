#include <assay/sdk/plugin.h>

#include <csignal>

namespace {

/// Dies of SIGSEGV while it composes.
class Segfaults final : public assay::sdk::Strategy {
 public:
  explicit Segfaults(const assay::sdk::Params&) {}
  void compose(const assay::sdk::Input&, assay::sdk::PromptDraft&, const assay::sdk::PromptContext&) const override {
    std::raise(SIGSEGV);
  }
};

}  // namespace

ASSAY_STRATEGY(Segfaults, {.name = "segfaults", .version = "1.0", .summary = "dies of SIGSEGV", .composes = true})
