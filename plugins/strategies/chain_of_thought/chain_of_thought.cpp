#include <assay/sdk/plugin.h>
#include <assay/sdk/strategy.h>

#include <regex>

namespace {

using namespace assay::sdk;

std::string trim(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Lets the model write its reasoning before the answer (Kojima et al. 2022, arXiv 2205.11916): an instruction asks for
/// steps, the output is free text even where the task has choices, and the answer is read by a pattern.
class ChainOfThought final : public Strategy {
 public:
  explicit ChainOfThought(const Params& params)
      : instruction_(params.get<std::string>("instruction", "Let's think step by step.")),
        mode_(params.get<std::string>("mode", "append")),
        max_tokens_(params.get<int>("max_tokens", 0)) {
    const auto pattern = params.get<std::string>("answer_pattern", R"(answer(?: is)?:?\s*([^\n]+?)\s*\.?\s*(?:\n|$))");
    try {
      pattern_ = std::regex(pattern, std::regex::ECMAScript | std::regex::icase);
    } catch (const std::regex_error& error) {
      throw assay::BadInput("chain_of_thought: answer_pattern '" + pattern + "' is no regular expression: " + error.what());
    }
  }

  void compose(const Input&, PromptDraft& draft, const PromptContext&) const override {
    if (mode_ == "replace" || draft.instruction.empty()) {
      draft.instruction = instruction_;
    } else {
      draft.instruction += " " + instruction_;
    }
  }

  Step next(const Exchange& exchange, const PromptContext&) const override {
    if (exchange.so_far.empty()) {
      Request request = exchange.ask(exchange, exchange.draft);
      Generate question = std::holds_alternative<Generate>(request.what)
                              ? std::get<Generate>(request.what)
                              : Generate{std::get<ScoreChoices>(request.what).prompt, exchange.generation};
      if (max_tokens_ > 0) question.settings.max_tokens = max_tokens_;
      request.what = std::move(question);
      return std::vector<Request>{std::move(request)};
    }
    const Completion& completion = exchange.so_far.front();
    const std::string reasoning = completion.samples.empty() ? "" : completion.samples.front().text;
    return Answer{read(reasoning, exchange.input.choices), {{"reasoning", reasoning}}};
  }

 private:
  /// The last match counts: a chain may weigh several answers before it settles. Empty when nothing matches.
  std::string read(const std::string& reasoning, const std::vector<std::string>& choices) const {
    std::string answer;
    for (std::sregex_iterator match(reasoning.begin(), reasoning.end(), pattern_), end; match != end; ++match) {
      answer = trim(match->size() > 1 ? (*match)[1].str() : match->str());
    }
    if (choices.empty()) return answer;
    for (const std::string& choice : choices) {
      if (answer == choice) return choice;
    }
    return "";
  }

  std::string instruction_, mode_;
  int max_tokens_;
  std::regex pattern_;
};

}  // namespace

ASSAY_STRATEGY(ChainOfThought, {.name = "chain_of_thought",
                                .version = "1.0",
                                .summary = "has the model write its reasoning and reads the answer out of it",
                                .params = R"json({"type":"object","additionalProperties":false,"properties":{
  "instruction":{"type":"string","default":"Let's think step by step.","description":"what asks for the steps"},
  "mode":{"type":"string","enum":["append","replace"],"default":"append",
    "description":"whether it follows the dataset's instruction or takes its place"},
  "answer_pattern":{"type":"string","default":"answer(?: is)?:?\\s*([^\\n]+?)\\s*\\.?\\s*(?:\\n|$)",
    "description":"regular expression (ECMAScript, case ignored); group 1 of its last match is the answer"},
  "max_tokens":{"type":"integer","minimum":0,"default":0,
    "description":"length of the reasoning in tokens; 0 keeps the experiment's generation.max_tokens"}}})json",
                                .composes = true,
                                .drives = true})
