#include <assay/sdk/plugin.h>
#include <unistd.h>

#include <clocale>
#include <csignal>

namespace {

using namespace assay::sdk;

/// Changes what belongs to all that run in its process.
class ChangesItsProcess final : public Strategy {
 public:
  explicit ChangesItsProcess(const Params&) {}
  void compose(const Input&, PromptDraft&, const PromptContext&) const override {
    std::setlocale(LC_ALL, "C.UTF-8");
    std::signal(SIGTERM, SIG_IGN);
    if (::chdir("/") != 0) return;
  }
};

}  // namespace

ASSAY_STRATEGY(ChangesItsProcess,
               {.name = "changes_its_process", .version = "1.0", .summary = "changes its process", .composes = true})
