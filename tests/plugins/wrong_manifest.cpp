#include <assay/sdk/plugin.h>

namespace {

using namespace assay::sdk;

/// Says that it trains, which it does not, and calls itself by another name than its file.
class WrongManifest final : public Strategy {
 public:
  explicit WrongManifest(const Params&) {}
};

}  // namespace

ASSAY_STRATEGY(
    WrongManifest,
    {.name = "Right_Manifest", .version = "", .summary = "says what is not so", .trains = true, .measures = true})
