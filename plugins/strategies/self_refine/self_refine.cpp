#include <assay/sdk/plugin.h>
#include <assay/sdk/strategy.h>

namespace {

using assay::Json;
using namespace assay::sdk;

/// Drafts an answer, has the model criticise it, has it rewritten with the critique, and so on (Self-Refine, Madaan et al.
/// 2023, arXiv 2303.17651). The last text is read.
class SelfRefine final : public Strategy {
 public:
  explicit SelfRefine(const Params& params)
      : rounds_(params.get<std::size_t>("rounds", 1)),
        critique_(params.get<std::string>("critique")),
        rewrite_(params.get<std::string>("rewrite")),
        critique_instruction_(params.get<std::string>("critique_instruction", "")),
        rewrite_instruction_(params.get<std::string>("rewrite_instruction", "")),
        stop_when_(params.get<std::string>("stop_when", "")),
        shots_(params.get<bool>("shots", true)) {}

  /// Completions come as draft, critique, rewrite, critique, rewrite, …
  Step next(const Exchange& exchange, const PromptContext&) const override {
    const std::size_t at = exchange.so_far.size();
    if (at == 0) return question(exchange, exchange.draft, "draft");
    const bool criticised = at % 2 == 0;
    if (criticised && !stop_when_.empty() && text(exchange, at - 1).find(stop_when_) != std::string::npos)
      return answer(exchange, at - 2);
    if (!criticised && at == 2 * rounds_ + 1) return answer(exchange, at - 1);
    Json variables{{"draft", text(exchange, criticised ? at - 2 : at - 1)}};
    if (criticised) variables["critique"] = text(exchange, at - 1);
    PromptDraft draft = exchange.draft;
    draft.input = exchange.render(exchange, criticised ? rewrite_ : critique_, variables);
    if (const std::string& own = criticised ? rewrite_instruction_ : critique_instruction_; !own.empty())
      draft.instruction = own;
    if (!shots_) draft.shots.clear();
    if (criticised) return question(exchange, draft, "rewrite");
    Request request = exchange.write(exchange, draft);
    request.step = "critique";
    return std::vector<Request>{std::move(request)};
  }

 private:
  /// A draft and a rewrite are answers: they are asked for as the list's other strategies do it, but always written.
  static std::vector<Request> question(const Exchange& exchange, const PromptDraft& draft, const char* step) {
    Request request = exchange.ask(exchange, draft);
    if (!std::holds_alternative<Generate>(request.what)) request = exchange.write(exchange, draft);
    request.step = step;
    return {std::move(request)};
  }

  static std::string text(const Exchange& exchange, std::size_t at) {
    return exchange.so_far[at].samples.empty() ? "" : exchange.so_far[at].samples.front().text;
  }

  static Answer answer(const Exchange& exchange, std::size_t at) {
    Answer result = exchange.read(exchange, exchange.so_far[at]);
    const Answer first = exchange.read(exchange, exchange.so_far.front());
    result.details["draft"] = first.text;
    result.details["critiques"] = Json::array();
    for (std::size_t i = 1; i < exchange.so_far.size(); i += 2)
      result.details["critiques"].push_back(text(exchange, i));
    result.numbers["changed"] = {result.text == first.text ? 0.0 : 1.0};
    result.numbers["rewrites"] = {static_cast<double>(at / 2), "", false};
    return result;
  }

  std::size_t rounds_;
  std::string critique_, rewrite_, critique_instruction_, rewrite_instruction_, stop_when_;
  bool shots_;
};

}  // namespace

ASSAY_STRATEGY(SelfRefine, {.name = "self_refine",
                            .version = "1.0",
                            .summary = "drafts an answer, criticises it and rewrites it",
                            .params = R"json({"type":"object","additionalProperties":false,"properties":{
  "rounds":{"type":"integer","minimum":1,"maximum":10,"default":1,"description":"critiques and rewrites after the draft"},
  "critique":{"type":"string","format":"jinja","default":"{{ input }}\n\nProposed answer: {{ draft }}\n\nWhat is wrong with this answer? Be specific.",
    "description":"the question that asks for a critique: Jinja over input, fields, choices and draft"},
  "rewrite":{"type":"string","format":"jinja","default":"{{ input }}\n\nProposed answer: {{ draft }}\n\nCritique: {{ critique }}\n\nThe improved answer:",
    "description":"the question that asks for the next answer: Jinja over input, fields, choices, draft and critique"},
  "critique_instruction":{"type":"string","default":"","description":"in the place of the dataset's instruction; empty keeps it"},
  "rewrite_instruction":{"type":"string","default":"","description":"the same when rewriting"},
  "stop_when":{"type":"string","default":"","description":"a critique that contains this text accepts the answer; empty: never"},
  "shots":{"type":"boolean","default":true,"description":"whether critique and rewrite show the list's examples"}}})json",
                            .drives = true})
