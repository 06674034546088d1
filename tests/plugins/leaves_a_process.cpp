#include <assay/sdk/plugin.h>
#include <unistd.h>

#include <utility>

namespace {

using namespace assay::sdk;

/// Leaves a process behind that holds its pipes open.
class LeavesAProcess final : public Strategy {
 public:
  explicit LeavesAProcess(const Params&) {}
  void compose(const Input&, PromptDraft&, const PromptContext&) const override {
    if (std::exchange(left_, true) || ::fork() != 0) return;
    ::sleep(600);
    ::_exit(0);
  }

 private:
  mutable bool left_ = false;
};

}  // namespace

ASSAY_STRATEGY(LeavesAProcess,
               {.name = "leaves_a_process", .version = "1.0", .summary = "leaves a process behind", .composes = true})
