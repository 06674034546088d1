#include <assay/sdk/plugin.h>

namespace {

using namespace assay::sdk;

/// Says what it found while composing and while driving, in details and in numbers.
class Counts final : public Strategy {
 public:
  explicit Counts(const Params& params) : number_(params.get<std::string>("number", "input_bytes")) {}

  void compose(const Input& input, PromptDraft& draft, const PromptContext&) const override {
    draft.details["composed"] = input.text;
    draft.numbers[number_] = {static_cast<double>(input.text.size()), "bytes"};
  }

  Step next(const Exchange& exchange, const PromptContext&) const override {
    if (exchange.so_far.empty()) {
      Request request = exchange.ask(exchange, exchange.draft);
      request.step = "only";
      return std::vector<Request>{std::move(request)};
    }
    Answer answer = exchange.read(exchange, exchange.so_far.back());
    answer.details["driven"] = exchange.so_far.size();
    answer.numbers["completions"] = {static_cast<double>(exchange.so_far.size())};
    return answer;
  }

 private:
  std::string number_;
};

}  // namespace

ASSAY_STRATEGY(Counts,
               {.name = "counts",
                .version = "1.0",
                .summary = "counts",
                .params = R"({"type":"object","properties":{"number":{"type":"string","default":"input_bytes"}}})",
                .composes = true,
                .drives = true})
