#include <assay/sdk/plugin.h>
#include <unistd.h>

namespace {

using namespace assay::sdk;

/// Closes what it has not opened.
class ClosesDescriptors final : public Strategy {
 public:
  explicit ClosesDescriptors(const Params&) {}
  void compose(const Input&, PromptDraft&, const PromptContext&) const override {
    for (int descriptor = 3; descriptor < 256; ++descriptor) ::close(descriptor);
  }
};

}  // namespace

ASSAY_STRATEGY(ClosesDescriptors,
               {.name = "closes_descriptors", .version = "1.0", .summary = "closes descriptors", .composes = true})
