#include <fmt/core.h>

#include <algorithm>

#include "models/estimated_tokens.h"
#include "models/remote/dialect.h"
#include "models/remote/failure.h"

namespace assay::models::remote {
namespace {

using Type = Json::value_t;

/// Events of a streamed message (docs.anthropic.com, "Streaming Messages").
class AnthropicStream final : public AnswerStream {
 public:
  void take(const ServerEvent& event) override {
    const Json json = Json::parse(event.data, nullptr, false);
    if (!json.is_object()) throw Malformed("a piece of the streamed answer is no JSON");
    const std::string type = json.value("type", event.name);
    if (type == "error" || tells_error(json)) throw ErrorInAnswer(json);
    if (type == "message_start") {
      whole_ = member(json, "message", Type::object);
    } else if (type == "content_block_start") {
      const Json& block = member(json, "content_block", Type::object);
      if (block.value("type", "") == "text") text_ += block.value("text", "");
    } else if (type == "content_block_delta") {
      const Json& delta = member(json, "delta", Type::object);
      if (delta.value("type", "") == "text_delta")
        text_ += member(delta, "text", Type::string).get_ref<const std::string&>();
    } else if (type == "message_delta") {
      whole_["stop_reason"] = member(json, "delta", Type::object).value("stop_reason", Json());
      const Json usage = json.value("usage", Json::object());
      for (const auto& [name, count] : usage.items()) {  // null: as the start told it
        if (!count.is_null()) whole_["usage"][name] = count;
      }
    } else if (type == "message_stop") {
      ended_ = true;
    }
  }

  [[nodiscard]] bool has_text() const override { return !text_.empty(); }

  Json whole() override {
    if (!ended_) throw Malformed("the streamed answer ends before it is whole");
    whole_["content"] = Json::array({{{"type", "text"}, {"text", text_}}});
    return whole_;
  }

 private:
  Json whole_ = Json::object();
  std::string text_;
  bool ended_ = false;
};

/// Anthropic's Messages API (docs.anthropic.com/en/api/messages).
class Anthropic final : public Dialect {
 public:
  explicit Anthropic(const RemoteSettings& settings) : settings_(settings) {}

  [[nodiscard]] Headers headers() const override {
    Headers headers{{"Content-Type", "application/json"}, {"anthropic-version", "2023-06-01"}};
    if (!settings_.key.empty()) headers.emplace_back("x-api-key", settings_.key);
    return settings_.with_headers(std::move(headers));
  }

  [[nodiscard]] WireCall call(const sdk::Request& request) const override {
    const auto* generate = std::get_if<sdk::Generate>(&request.what);
    if (generate == nullptr)
      throw UnsupportedModel(
          fmt::format("model '{}': Anthropic's API neither scores choices nor embeds", settings_.name));
    if (generate->log_probabilities)
      throw UnsupportedModel(fmt::format("model '{}': Anthropic's API gives no log-probabilities", settings_.name));
    const sdk::GenerationSettings& how = generate->settings;
    const auto refuse = [&](const char* word, bool set) {
      if (set)
        throw UnsupportedModel(
            fmt::format("model '{}': Anthropic's API has no `{}`; leave it out", settings_.name, word));
    };
    refuse("min_p", how.min_p != 0);
    refuse("repetition_penalty", how.repetition_penalty != 1);
    refuse("frequency_penalty", how.frequency_penalty != 0);
    refuse("presence_penalty", how.presence_penalty != 0);
    refuse("logit_bias", !how.logit_bias.empty());
    refuse("temperature above 1", how.temperature > 1);
    const bool draws_as_told = !settings_.lacks_word("temperature");
    refuse("top_p for this model", !draws_as_told && how.top_p != 1);
    refuse("top_k for this model", !draws_as_told && how.top_k != 0);
    Json body = {{"model", settings_.model}, {"max_tokens", how.max_tokens}, {"messages", Json::array()}};
    // Some models take either of the two; a temperature of 1 is what the API takes where none is named.
    if (draws_as_told && (how.temperature != 1 || how.top_p == 1)) body["temperature"] = how.temperature;
    std::string system;
    for (const sdk::Message& message : messages_of(generate->prompt)) {
      if (message.role == "system") {
        system += (system.empty() ? "" : "\n\n") + message.content;
      } else {
        body["messages"].push_back({{"role", message.role}, {"content", message.content}});
      }
    }
    if (!system.empty()) body["system"] = system;
    if (!body["messages"].empty() &&
        body["messages"].back()["role"] == "assistant") {  // the API refuses white space at its end
      auto text = body["messages"].back()["content"].get<std::string>();
      text.erase(text.find_last_not_of(" \t\r\n") + 1);
      if (text.empty()) {
        body["messages"].erase(body["messages"].size() - 1);
      } else {
        body["messages"].back()["content"] = text;
      }
    }
    if (body["messages"].empty()) {
      throw UnsupportedModel(fmt::format(
          "model '{}': Anthropic's API wants a turn of the user's beside the system's text", settings_.name));
    }
    if (how.top_p != 1) body["top_p"] = how.top_p;
    if (how.top_k != 0) body["top_k"] = how.top_k;
    // The API refuses a stop of white space alone; such answers are cut here.
    for (const std::string& stop : how.stop) {
      if (!is_blank(stop)) body["stop_sequences"].push_back(stop);
    }
    if (settings_.stream) body["stream"] = true;
    body.update(settings_.extra_body);
    return {"/messages", std::move(body), settings_.stream};
  }

  [[nodiscard]] WireAnswer read(const sdk::Request& request, const Json& json) const override {
    WireAnswer answer;
    if (json.is_object() && json.contains("model") && json["model"].is_string()) answer.model = json["model"];
    sdk::Sample sample;
    sample.text = text_of(member(json, "content", Type::array));
    const std::string reason =
        json.contains("stop_reason") && json["stop_reason"].is_string() ? json["stop_reason"].get<std::string>() : "";
    sample.finish_reason = reason == "max_tokens" || reason == "model_context_window_exceeded" ? "length"
                           : reason == "refusal"                                               ? "content_filter"
                                                                                               : "stop";
    const auto& generate = std::get<sdk::Generate>(request.what);
    for (const std::string& stop : generate.settings.stop) {
      if (is_blank(stop)) sample.text.resize(std::min(sample.text.size(), sample.text.find(stop)));
    }
    sdk::Usage& usage = answer.completion.usage;
    const Json told = json.value("usage", Json());
    usage.cached_prompt_tokens = count_in(told, "cache_read_input_tokens");
    usage.prompt_tokens =
        count_in(told, "input_tokens") + count_in(told, "cache_creation_input_tokens") + usage.cached_prompt_tokens;
    usage.completion_tokens = count_in(told, "output_tokens");
    if (usage.prompt_tokens == 0) {  // no prompt is of none: a server that does not count says 0, or nothing
      usage = {.prompt_tokens = estimated_tokens(generate.prompt.text),
               .completion_tokens = estimated_tokens(sample.text),
               .estimated = true};
    }
    answer.completion.samples.push_back(std::move(sample));
    return answer;
  }

  [[nodiscard]] std::unique_ptr<AnswerStream> stream() const override { return std::make_unique<AnthropicStream>(); }
  [[nodiscard]] bool draws_several() const override { return false; }
  [[nodiscard]] bool scores_choices() const override { return false; }
  [[nodiscard]] bool embeds() const override { return false; }

 private:
  static bool is_blank(const std::string& text) { return text.find_first_not_of(" \t\r\n") == std::string::npos; }

  const RemoteSettings& settings_;
};

}  // namespace

std::unique_ptr<Dialect> anthropic_dialect(const RemoteSettings& settings) {
  return std::make_unique<Anthropic>(settings);
}

}  // namespace assay::models::remote
