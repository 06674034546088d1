#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/estimated_tokens.h"
#include "models/remote/dialect.h"
#include "models/remote/failure.h"
#include "models/remote/openai_stream.h"

namespace assay::models::remote {
namespace {

using Type = Json::value_t;

std::size_t letters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// OpenAI's API, as OpenAI and many other servers speak it (platform.openai.com/docs/api-reference).
class OpenAi final : public Dialect {
 public:
  explicit OpenAi(const RemoteSettings& settings) : settings_(settings) {}

  [[nodiscard]] Headers headers() const override {
    Headers headers{{"Content-Type", "application/json"}};
    if (!settings_.key.empty()) headers.emplace_back("Authorization", "Bearer " + settings_.key);
    return settings_.with_headers(std::move(headers));
  }

  [[nodiscard]] WireCall call(const sdk::Request& request) const override {
    if (const auto* generate = std::get_if<sdk::Generate>(&request.what)) return draw(*generate, request.draw);
    if (const auto* score = std::get_if<sdk::ScoreChoices>(&request.what)) return choices(*score);
    const auto& embed = std::get<sdk::Embed>(request.what);
    if (!embeds())
      throw UnsupportedModel(fmt::format("model '{}' embeds nothing; give it an `embedding_model`", settings_.name));
    return {"/embeddings", {{"model", settings_.embedding_model}, {"input", embed.text}, {"encoding_format", "float"}}};
  }

  [[nodiscard]] WireAnswer read(const sdk::Request& request, const Json& json) const override {
    WireAnswer answer;
    if (json.is_object()) {
      if (json.contains("model") && json["model"].is_string()) answer.model = json["model"];
      if (json.contains("system_fingerprint") && json["system_fingerprint"].is_string())
        answer.fingerprint = json["system_fingerprint"];
    }
    if (const auto* generate = std::get_if<sdk::Generate>(&request.what)) {
      read_samples(*generate, json, answer.completion);
    } else if (const auto* score = std::get_if<sdk::ScoreChoices>(&request.what)) {
      read_scores(*score, json, answer.completion);
    } else {
      const Json& data = member(json, "data", Type::array);
      if (data.empty()) throw Malformed("the answer holds no vector");
      for (const Json& value : member(data[0], "embedding", Type::array)) {
        if (!value.is_number()) throw Malformed("the answer's vector holds what is no number");
        answer.completion.embedding.push_back(value.get<float>());
      }
    }
    read_usage(request, json, answer);
    return answer;
  }

  [[nodiscard]] std::unique_ptr<AnswerStream> stream() const override { return std::make_unique<OpenAiStream>(); }
  [[nodiscard]] bool draws_several() const override { return !settings_.lacks_word("n"); }
  [[nodiscard]] bool scores_choices() const override { return !chats(); }
  [[nodiscard]] bool embeds() const override { return !settings_.embedding_model.empty(); }

 private:
  [[nodiscard]] bool chats() const { return settings_.api == "chat"; }

  [[nodiscard]] WireCall draw(const sdk::Generate& generate, const sdk::DrawKey& key) const {
    const sdk::GenerationSettings& how = generate.settings;
    Json body = {{"model", settings_.model}, {settings_.max_tokens_as, how.max_tokens}};
    if (!settings_.lacks_word("temperature")) body["temperature"] = how.temperature;
    if (chats()) {
      body["messages"] = Json::array();
      for (const sdk::Message& message : messages_of(generate.prompt))
        body["messages"].push_back({{"role", message.role}, {"content", message.content}});
    } else {
      body["prompt"] = generate.prompt.text;
    }
    if (how.top_p != 1) body["top_p"] = how.top_p;
    if (how.frequency_penalty != 0) body["frequency_penalty"] = how.frequency_penalty;
    if (how.presence_penalty != 0) body["presence_penalty"] = how.presence_penalty;
    if (!how.stop.empty()) body["stop"] = how.stop;
    for (const auto& [token, bias] : how.logit_bias) body["logit_bias"][std::to_string(token)] = bias;
    // A further request of an example is a further draw.
    if (how.temperature > 0 && !settings_.lacks_word("seed")) body["seed"] = (key.seed + key.request) & 0x7FFFFFFFU;
    if (generate.samples > 1) body["n"] = generate.samples;
    add(body, "top_k", how.top_k, 0);
    add(body, "min_p", how.min_p, 0.0);
    add(body, "repetition_penalty", how.repetition_penalty, 1.0);
    if (generate.log_probabilities) body["logprobs"] = chats() ? Json(true) : Json(1);
    if (settings_.stream) {
      body["stream"] = true;
      if (!settings_.lacks_word("stream_options")) body["stream_options"] = {{"include_usage", true}};
    }
    body.update(settings_.extra_body);
    return {chats() ? "/chat/completions" : "/completions", std::move(body), settings_.stream};
  }

  template <class Number>
  void add(Json& body, const char* word, Number value, Number none) const {
    if (value == none) return;
    if (!settings_.accepts_word(word)) {
      throw UnsupportedModel(
          fmt::format("model '{}': OpenAI's API has no `{}`; leave it out, or list it in the model's `accepts` where "
                      "the server knows it",
                      settings_.name, word));
    }
    body[word] = value;
  }

  [[nodiscard]] WireCall choices(const sdk::ScoreChoices& score) const {
    if (chats()) {
      throw UnsupportedModel(
          fmt::format("model '{}': /chat/completions scores no choices; use `api: completions` where the server has it",
                      settings_.name));
    }
    Json prompts = Json::array();
    for (const std::string& choice : score.choices) prompts.push_back(score.prompt.text + choice);
    Json body = {{"model", settings_.model},
                 {"prompt", std::move(prompts)},
                 {"max_tokens", 0},
                 {"temperature", 0},
                 {"echo", true},
                 {"logprobs", 1}};
    body.update(settings_.extra_body);
    return {"/completions", std::move(body)};
  }

  void read_samples(const sdk::Generate& generate, const Json& json, sdk::Completion& completion) const {
    std::vector<const Json*> choices = in_order(json, static_cast<std::size_t>(std::max(1, generate.samples)),
                                                "where it knows no `n`, give the model `lacks: [n]`");
    for (const Json* choice : choices) {
      sdk::Sample sample;
      if (tells_error(*choice)) throw ErrorInAnswer(*choice);  // a gateway whose server failed half way
      if (chats()) {
        const Json& message = member(*choice, "message", Type::object);
        sample.text = text_of(message.value("content", Json()));
        if (sample.text.empty() && message.contains("refusal") && message["refusal"].is_string())
          sample.text = message["refusal"];
      } else {
        sample.text = member(*choice, "text", Type::string);
      }
      sample.finish_reason = choice->contains("finish_reason") && (*choice)["finish_reason"].is_string()
                                 ? (*choice)["finish_reason"].get<std::string>()
                                 : "stop";
      if (generate.log_probabilities) sample.log_probabilities = log_probabilities(*choice);
      completion.samples.push_back(std::move(sample));
    }
  }

  static const Json& given_log_probabilities(const Json& choice) {
    if (choice.contains("logprobs") && choice["logprobs"].is_object()) return choice["logprobs"];
    throw Lacking("the server was asked for log-probabilities and gave none; does it know `logprobs` for this model?");
  }

  [[nodiscard]] std::vector<double> log_probabilities(const Json& choice) const {
    const Json& all = given_log_probabilities(choice);
    std::vector<double> values;
    const auto add = [&](const Json& value) { values.push_back(value.is_number() ? value.get<double>() : 0.0); };
    if (!all.contains("content")) {
      for (const Json& value : member(all, "token_logprobs", Type::array)) add(value);
    } else if (all["content"].is_array()) {  // null where the model refused
      for (const Json& token : all["content"]) add(token.is_object() ? token.value("logprob", Json()) : Json());
    }
    return values;
  }

  /// The sum over the tokens that reach past the prompt. Offsets count letters.
  static void read_scores(const sdk::ScoreChoices& score, const Json& json, sdk::Completion& completion) {
    const std::size_t prompt = letters(score.prompt.text);
    std::vector<const Json*> choices =
        in_order(json, score.choices.size(), "scores need a server that takes several prompts at once");
    for (std::size_t i = 0; i < choices.size(); ++i) {
      const Json& all = given_log_probabilities(*choices[i]);
      const Json& values = member(all, "token_logprobs", Type::array);
      const Json& offsets = member(all, "text_offset", Type::array);
      const std::size_t end = prompt + letters(score.choices[i]);
      if (values.size() != offsets.size())
        throw Malformed("the answer has another number of log-probabilities than of tokens");
      double sum = 0;
      std::size_t count = 0;
      for (std::size_t t = 0; t < values.size(); ++t) {
        if (!offsets[t].is_number_unsigned()) throw Malformed("the answer's text_offset holds what is no number");
        const auto begins = offsets[t].get<std::size_t>();
        const std::size_t ends =
            t + 1 < values.size() && offsets[t + 1].is_number_unsigned() ? offsets[t + 1].get<std::size_t>() : end;
        if (ends <= prompt || begins >= end) continue;  // of the prompt, or drawn after the choice
        sum += values[t].is_number() ? values[t].get<double>() : -std::numeric_limits<double>::infinity();
        ++count;
      }
      if (count == 0) throw Lacking("the answer has no log-probability of the choice; does the server know `echo`?");
      completion.choice_scores.push_back(score.length_normalized ? sum / static_cast<double>(count) : sum);
    }
    const auto best = std::max_element(completion.choice_scores.begin(), completion.choice_scores.end());
    completion.choice = static_cast<std::size_t>(best - completion.choice_scores.begin());
  }

  static std::vector<const Json*> in_order(const Json& json, std::size_t count, const char* advice) {
    std::vector<const Json*> choices(count, nullptr);
    const Json& told = member(json, "choices", Type::array);
    for (std::size_t place = 0; place < told.size(); ++place) {
      const Json& choice = told[place];
      if (!choice.is_object()) throw Malformed("a choice of the answer is no object");
      const std::size_t index = choice.contains("index") && !choice["index"].is_null()
                                    ? static_cast<std::size_t>(count_in(choice, "index"))
                                    : place;
      if (index < count) choices[index] = &choice;
    }
    if (std::find(choices.begin(), choices.end(), nullptr) == choices.end()) return choices;
    if (told.empty() || count == 1) throw Malformed(fmt::format("the answer does not hold all {} choices", count));
    throw Lacking(
        fmt::format("the server was asked for {} answers in one request and gave {}; {}", count, told.size(), advice));
  }

  static void read_usage(const sdk::Request& request, const Json& json, WireAnswer& answer) {
    sdk::Usage& usage = answer.completion.usage;
    const Json told = json.value("usage", Json());
    if (count_in(told, "prompt_tokens") > 0) {  // no prompt is of none: a server that does not count says 0
      usage.prompt_tokens = count_in(told, "prompt_tokens");
      usage.completion_tokens = count_in(told, "completion_tokens");
      if (told.contains("prompt_tokens_details"))
        usage.cached_prompt_tokens =
            std::min(usage.prompt_tokens, count_in(told["prompt_tokens_details"], "cached_tokens"));
      if (told.contains("completion_tokens_details"))
        answer.reasoning_tokens = count_in(told["completion_tokens_details"], "reasoning_tokens");
      return;
    }
    usage.estimated = true;
    if (const auto* generate = std::get_if<sdk::Generate>(&request.what)) {
      usage.prompt_tokens = estimated_tokens(generate->prompt.text);
      for (const sdk::Sample& sample : answer.completion.samples)
        usage.completion_tokens += estimated_tokens(sample.text);
    } else if (const auto* score = std::get_if<sdk::ScoreChoices>(&request.what)) {
      for (const std::string& choice : score->choices)
        usage.prompt_tokens += estimated_tokens(score->prompt.text + choice);
    } else {
      usage.prompt_tokens = estimated_tokens(std::get<sdk::Embed>(request.what).text);
    }
  }

  const RemoteSettings& settings_;
};

}  // namespace

std::unique_ptr<Dialect> openai_dialect(const RemoteSettings& settings) { return std::make_unique<OpenAi>(settings); }

}  // namespace assay::models::remote
