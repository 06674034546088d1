#include <assay/sdk/plugin.h>
#include <assay/sdk/strategy.h>

namespace {

using namespace assay::sdk;

/// Has the model write the steps before the answer. Zero-shot, an instruction asks for them (Kojima et al. 2022, arXiv
/// 2205.11916); where the list shows examples and the dataset has rationales, they show theirs (Wei et al. 2022, arXiv
/// 2201.11903). The answer is what the reader finds in the output; the steps are no part of it.
///
/// It reads and does not drive, so that any driver may ask in this way.
class ChainOfThought final : public Strategy {
 public:
  explicit ChainOfThought(const Params& params)
      : instruction_(params.get<std::string>("instruction", "Let's think step by step.")),
        mode_(params.get<std::string>("mode", "append")),
        joint_(params.get<std::string>("joint", " So the answer is ")),
        max_tokens_(params.get<int>("max_tokens", 0)),
        stop_(params.get<std::vector<std::string>>("stop", {})),
        reader_(params.has("read") ? params.json().at("read") : assay::Json()) {}

  void compose(const Input&, PromptDraft& draft, const PromptContext&) const override {
    if (mode_ == "replace" || draft.instruction.empty()) {
      draft.instruction = instruction_;
    } else if (!instruction_.empty()) {
      draft.instruction += " " + instruction_;
    }
  }

  /// Here and not in `compose`: shots of strategies that stand later in the list show their steps too.
  Request question(const Exchange& exchange, const PromptDraft& draft, const PromptContext&) const override {
    PromptDraft with_steps = draft;
    for (Shot& shot : with_steps.shots) {
      if (!shot.rationale.empty()) shot.target = shot.rationale + joint_ + shot.target;
    }
    Request request = exchange.write(exchange, with_steps);
    auto& settings = std::get<Generate>(request.what).settings;
    if (max_tokens_ > 0) settings.max_tokens = max_tokens_;
    if (!stop_.empty()) settings.stop = stop_;
    return request;
  }

  std::string lesson(const Example& example, const PromptContext&) const override {
    return example.rationale.empty() ? example.target : example.rationale + joint_ + example.target;
  }

  Answer answer(const Exchange& exchange, const Completion& completion, const PromptContext&) const override {
    if (completion.samples.empty()) return {};
    const std::string& written = completion.samples.front().text;
    Answer answer;
    answer.details["reasoning"] = written;
    const auto found = exchange.read_text(exchange, written, reader_);
    if (!found) return answer;
    // What the experiment says of answers holds for the part that is one: a template, a number's form, the choices.
    Completion part;
    part.samples.push_back({*found, completion.samples.front().finish_reason, {}});
    answer.text = exchange.read(exchange, part).text;
    return answer;
  }

 private:
  std::string instruction_, mode_, joint_;
  int max_tokens_;
  std::vector<std::string> stop_;
  assay::Json reader_;
};

}  // namespace

ASSAY_STRATEGY(ChainOfThought, {.name = "chain_of_thought",
                                .version = "2.0",
                                .summary = "has the model write its reasoning and reads the answer out of it",
                                .params = R"json({"type":"object","additionalProperties":false,"properties":{
  "instruction":{"type":"string","default":"Let's think step by step.","description":"what asks for the steps"},
  "mode":{"type":"string","enum":["append","replace"],"default":"append",
    "description":"whether it follows the dataset's instruction or takes its place"},
  "joint":{"type":"string","default":" So the answer is ",
    "description":"stands between the rationale and the target of an example that is shown"},
  "read":{"type":"object","x-format":"reader",
    "default":{"as":"pattern","pattern":"\\banswer(?: is)?\\b:?\\s*([^\\n]+?)\\s*\\.?\\s*$"},
    "description":"how the answer is found in the output, as the experiment's prompt.read: {as: number} takes the last number, {as: json, path: /answer} a field"},
  "max_tokens":{"type":"integer","minimum":0,"default":0,
    "description":"length of reasoning and answer in tokens; 0 keeps the experiment's generation.max_tokens"},
  "stop":{"type":"array","items":{"type":"string"},"default":[],
    "description":"where the output ends; empty keeps the experiment's"}}})json",
                                .composes = true,
                                .reads = true})
