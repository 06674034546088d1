#include <assay/sdk/plugin.h>
#include <unistd.h>

#include <utility>

namespace {

using namespace assay::sdk;

/// Comes back twice out of its first call.
class Forks final : public Strategy {
 public:
  explicit Forks(const Params&) {}
  void compose(const Input&, PromptDraft&, const PromptContext&) const override {
    if (!std::exchange(forked_, true)) static_cast<void>(::fork());
  }

 private:
  mutable bool forked_ = false;
};

}  // namespace

ASSAY_STRATEGY(Forks, {.name = "forks", .version = "1.0", .summary = "forks", .composes = true})
