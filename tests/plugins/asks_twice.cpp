#include <assay/sdk/plugin.h>

namespace {

using namespace assay::sdk;

/// Asks the same question twice, the second time with the first output in front; answers with the second output.
class AsksTwice final : public Strategy {
 public:
  explicit AsksTwice(const Params&) {}
  Step next(const Exchange& exchange, const PromptContext&) const override {
    if (exchange.so_far.size() == 2) return exchange.read(exchange, exchange.so_far.back());
    PromptDraft draft = exchange.draft;
    if (exchange.so_far.size() == 1) draft.input = "again: " + draft.input;
    return std::vector<Request>{exchange.ask(exchange, draft)};
  }
};

}  // namespace

ASSAY_STRATEGY(AsksTwice, {.name = "asks_twice", .version = "1.0", .summary = "asks twice", .drives = true})
