#include <assay/sdk/plugin.h>
#include <assay/sdk/strategy.h>

namespace {

using namespace assay::sdk;

/// Step-back prompting (Zheng et al. 2023, arXiv 2310.06117): the model first writes down the general principle that a question rests
/// on, and answers with it in view.
class StepBack final : public Strategy {
 public:
  explicit StepBack(const Params& params)
      : abstraction_(params.get<std::string>("abstraction")),
        shown_(params.get<std::string>("shown")),
        max_tokens_(params.get<int>("max_tokens")) {}

  Step next(const Exchange& exchange, const PromptContext&) const override {
    if (exchange.so_far.empty()) return std::vector<Request>{principle_of(exchange)};
    const std::string principle =
        exchange.so_far.front().samples.empty() ? "" : exchange.so_far.front().samples.front().text;
    if (exchange.so_far.size() == 1) {
      PromptDraft draft = exchange.draft;
      draft.input = exchange.render(exchange, shown_, {{"principle", principle}});
      Request request = exchange.ask(exchange, draft);
      request.step = "answer";
      return std::vector<Request>{std::move(request)};
    }
    Answer answer = exchange.read(exchange, exchange.so_far.back());
    answer.details["principle"] = principle;
    return answer;
  }

 private:
  /// Asked without the list's examples: they show answers, not principles.
  Request principle_of(const Exchange& exchange) const {
    PromptDraft draft = exchange.draft;
    draft.instruction.clear();
    draft.shots.clear();
    draft.input = exchange.render(exchange, abstraction_, {});
    Request request = exchange.write(exchange, draft);
    std::get<Generate>(request.what).settings.max_tokens = max_tokens_;
    request.step = "principle";
    return request;
  }

  std::string abstraction_, shown_;
  int max_tokens_;
};

}  // namespace

ASSAY_STRATEGY(StepBack, {.name = "step_back",
                          .version = "1.0",
                          .summary = "asks for the principle behind a question first (step-back prompting)",
                          .params = R"json({"type":"object","additionalProperties":false,"properties":{
  "abstraction":{"type":"string","format":"jinja","default":"{{ input }}\n\nWhat general principle does this rest on?","description":"the first question: Jinja over input, fields and choices"},
  "shown":{"type":"string","format":"jinja","default":"Principle: {{ principle }}\n\n{{ input }}","description":"the second question: Jinja over the same and principle"},
  "max_tokens":{"type":"integer","minimum":1,"default":64,"description":"of the principle"}}})json",
                          .drives = true})
