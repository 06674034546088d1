// Uses what strategies are given and may return. This file does not change when the SDK grows.
#include <assay/sdk/bm25.h>
#include <assay/sdk/documents.h>
#include <assay/sdk/error.h>
#include <assay/sdk/plugin.h>
#include <assay/sdk/random.h>
#include <assay/sdk/strategy.h>
#include <assay/sdk/vectors.h>

namespace {

using namespace assay::sdk;

class FrozenStrategy final : public Strategy {
 public:
  explicit FrozenStrategy(const Params& params) : shots_(params.get<std::size_t>("shots", 1)), system_(params.get<std::string>("system")) {
    if (params.has("absent") || !params.json().is_object()) throw assay::BadInput("never");
  }

  std::optional<assay::Json> adapt(std::span<const Example> train, std::span<const Example> validation, AdaptContext& context) override {
    if (context.stop_requested()) throw assay::Stopped("asked to");
    context.log("train " + std::to_string(train.size()) + ", validation " + std::to_string(validation.size()));
    Random random(context.seed(), "frozen");
    assay::Json chosen = assay::Json::array();
    for (std::size_t i = 0; i < shots_; ++i) {
      const Example& example = train[random.below(train.size())];
      chosen.push_back({example.input.text, example.target, example.rationale, example.references.front()});
    }
    return assay::Json{{"chosen", chosen}, {"instruction", context.instruction()}, {"spent", context.tokens_spent()}};
  }

  std::vector<Request> consult(const Input& input, const PromptContext&) const override {
    Request request{Embed{input.text, Pooling::last_token}, DrawKey{}, input.id};
    request.step = "look";
    return {request};
  }

  void compose(const Input& input, PromptDraft& draft, const PromptContext& context) const override {
    draft.system = system_;
    draft.passages.push_back({"a passage", "nowhere"});
    for (const assay::Json& shot : context.state->at("chosen")) draft.shots.push_back({shot[0], shot[1], shot[2]});
    draft.details["width"] = context.consulted.front().embedding.size();
    draft.numbers["letters"] = {.value = static_cast<double>(input.text.size()), .unit = "letters", .higher_is_better = false};
  }

  Step next(const Exchange& exchange, const PromptContext&) const override {
    if (exchange.so_far.empty()) {
      Request written = exchange.write(exchange, exchange.draft);
      std::get<Generate>(written.what).settings.max_tokens = exchange.generation.max_tokens;
      return std::vector<Request>{exchange.ask(exchange, exchange.draft), written};
    }
    Answer answer = exchange.read(exchange, exchange.so_far.front());
    answer.details["rendered"] = exchange.render(exchange, "{{ input }} {{ word }}", {{"word", "again"}});
    if (const auto read = exchange.read_text(exchange, "billing", nullptr)) answer.details["read"] = *read;
    return answer;
  }

 private:
  std::size_t shots_;
  std::string system_;
};

}  // namespace

ASSAY_STRATEGY(FrozenStrategy, {.name = ASSAY_FROZEN_NAME,
                                .version = "1.0",
                                .summary = "uses all that strategies are given",
                                .params = R"({"type":"object","additionalProperties":false,"properties":{
  "shots":{"type":"integer","minimum":0,"default":2,"description":"examples shown"},
  "absent":{"type":["integer","null"],"default":null,"description":"never given"},
  "system":{"type":"string","default":"You sort mail.","description":"the system message"}}})",
                                .adapts = true,
                                .composes = true,
                                .drives = true,
                                .consults = true,
                                .random = true,
                                .needs_train = true})
