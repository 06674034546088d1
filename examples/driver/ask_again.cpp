#include <assay/sdk/plugin.h>
#include <assay/sdk/strategy.h>

namespace {

using namespace assay::sdk;

/// Asks a second time with the first answer in view, and takes the second.
class AskAgain final : public Strategy {
 public:
  explicit AskAgain(const Params&) {}

  Step next(const Exchange& exchange, const PromptContext&) const override {
    if (exchange.so_far.empty()) return std::vector<Request>{exchange.ask(exchange, exchange.draft)};
    const Answer first = exchange.read(exchange, exchange.so_far.front());
    if (exchange.so_far.size() == 1) {
      PromptDraft draft = exchange.draft;
      draft.input += "\nA first guess was: " + first.text;
      return std::vector<Request>{exchange.ask(exchange, draft)};
    }
    Answer answer = exchange.read(exchange, exchange.so_far.back());
    answer.details["first"] = first.text;
    return answer;
  }
};

}  // namespace

ASSAY_STRATEGY(AskAgain, {.name = "ask_again",
                          .version = "1.0",
                          .summary = "asks twice, the first answer in view",
                          .drives = true})
