#include <assay/sdk/plugin.h>
#include <assay/sdk/strategy.h>

#include <set>

namespace {

using assay::Json;
using namespace assay::sdk;

struct ChainStep {
  std::string name;
  std::string input;  ///< Jinja over the input and `steps`, the outputs before by name; empty: the example's own
  std::optional<std::string> instruction;  ///< Jinja as well; absent: as it is
  bool shots = true;                       ///< whether examples are shown
  int max_tokens = 0;
  std::vector<std::string> stop;
};

/// Asks in steps, each with what the steps before came to (as least-to-most prompting does, Zhou et al. 2022, arXiv
/// 2205.10625: first the parts of a problem, then their solution). The last step's output is the answer.
class PromptChain final : public Strategy {
 public:
  explicit PromptChain(const Params& params) {
    std::set<std::string> names;
    for (const Json& step : params.json().at("steps")) {
      steps_.push_back({step.at("name"),
                        step.value("input", ""),
                        {},
                        step.value("shots", true),
                        step.value("max_tokens", 0),
                        step.value("stop", std::vector<std::string>{})});
      if (step.contains("instruction")) steps_.back().instruction = step.at("instruction").get<std::string>();
      if (!names.insert(steps_.back().name).second) {
        throw assay::BadInput("prompt_chain: two steps are called '" + steps_.back().name + "'");
      }
    }
  }

  Step next(const Exchange& exchange, const PromptContext&) const override {
    const std::size_t at = exchange.so_far.size();
    if (at == steps_.size()) {
      Answer answer = exchange.read(exchange, exchange.so_far.back());
      answer.details["steps"] = outputs(exchange);
      return answer;
    }
    const ChainStep& step = steps_[at];
    const Json variables{{"steps", outputs(exchange)}};
    PromptDraft draft = exchange.draft;
    if (!step.input.empty()) draft.input = exchange.render(exchange, step.input, variables);
    if (step.instruction) draft.instruction = exchange.render(exchange, *step.instruction, variables);
    if (!step.shots) draft.shots.clear();
    Request request = at + 1 == steps_.size() ? exchange.ask(exchange, draft) : exchange.write(exchange, draft);
    request.step = step.name;
    if (auto* question = std::get_if<Generate>(&request.what)) {
      if (step.max_tokens > 0) question->settings.max_tokens = step.max_tokens;
      if (!step.stop.empty()) question->settings.stop = step.stop;
    }
    return std::vector<Request>{std::move(request)};
  }

 private:
  [[nodiscard]] Json outputs(const Exchange& exchange) const {
    Json all = Json::object();
    for (std::size_t i = 0; i < exchange.so_far.size(); ++i) {
      if (!exchange.so_far[i].samples.empty()) all[steps_[i].name] = trimmed(exchange.so_far[i].samples.front().text);
    }
    return all;
  }

  static std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
  }

  std::vector<ChainStep> steps_;
};

}  // namespace

ASSAY_STRATEGY(PromptChain,
               {.name = "prompt_chain",
                .version = "1.0",
                .summary = "asks in steps, each with what the steps before came to",
                .params = R"json({"type":"object","additionalProperties":false,"required":["steps"],"properties":{
  "steps":{"type":"array","minItems":1,"maxItems":20,"description":"one request an example each, in this order",
    "items":{"type":"object","additionalProperties":false,"required":["name"],"properties":{
      "name":{"type":"string","pattern":"^[a-z][a-z0-9_]*$","description":"what templates and KPIs call it"},
      "input":{"type":"string","format":"jinja",
        "description":"the question: Jinja over input, fields, choices and steps.NAME, what earlier steps wrote; default the example's input"},
      "instruction":{"type":"string","format":"jinja","description":"the same for the instruction; default the list's"},
      "shots":{"type":"boolean","description":"whether the list's examples are shown (default true)"},
      "max_tokens":{"type":"integer","minimum":1,"description":"of the output; default the experiment's"},
      "stop":{"type":"array","items":{"type":"string"},"description":"where the output ends; default the experiment's"}}}}}})json",
                .drives = true})
