#include <assay/sdk/plugin.h>

#include <cstdlib>

namespace {

using namespace assay::sdk;

/// Ends its process, as if all had gone well.
class Exits final : public Strategy {
 public:
  explicit Exits(const Params&) {}
  void compose(const Input&, PromptDraft&, const PromptContext&) const override { std::exit(0); }
};

}  // namespace

ASSAY_STRATEGY(Exits, {.name = "exits", .version = "1.0", .summary = "ends its process", .composes = true})
