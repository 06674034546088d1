#include "models/remote/dialect.h"

#include <fmt/core.h>

#include <cmath>

namespace assay::models::remote {

std::unique_ptr<Dialect> dialect_of(const RemoteSettings& settings) {
  return settings.source == "anthropic" ? anthropic_dialect(settings) : openai_dialect(settings);
}

std::string conversation_text(std::span<const sdk::Message> messages, bool opens_answer) {
  std::string text;
  for (const sdk::Message& message : messages)
    text += (text.empty() ? "" : "\n\n") + message.role + ": " + message.content;
  if (opens_answer) text += text.empty() ? "assistant:" : "\n\nassistant:";
  return text;
}

std::vector<sdk::Message> messages_of(const sdk::Prompt& prompt) {
  if (prompt.messages.empty()) return {{"user", prompt.text}};
  std::vector<sdk::Message> messages = prompt.messages;
  const std::string shown = conversation_text(messages, true);
  if (prompt.text.size() > shown.size() && prompt.text.starts_with(shown)) {
    std::string begun = prompt.text.substr(shown.size());
    begun.erase(0, begun.find_first_not_of(' '));
    if (!begun.empty()) messages.push_back({"assistant", std::move(begun)});
  }
  return messages;
}

std::int64_t count_in(const Json& object, const char* name) {
  if (!object.is_object() || !object.contains(name) || object[name].is_null()) return 0;
  const Json& value = object[name];
  // Some servers write 12.0 for 12.
  const bool whole =
      value.is_number_integer() || (value.is_number_float() && std::trunc(value.get<double>()) == value.get<double>());
  if (!whole || value.get<double>() < 0 || value.get<double>() > 1e15)
    throw Malformed(fmt::format("'{}' in the answer is no count", name));
  return value.get<std::int64_t>();
}

std::string text_of(const Json& content) {
  if (content.is_null()) return "";
  if (content.is_string()) return content;
  if (!content.is_array()) throw Malformed("the answer's content is no text");
  std::string text;
  for (const Json& part : content) {
    if (part.is_object() && part.contains("type") && part["type"] == "text")
      text += member(part, "text", Json::value_t::string).get_ref<const std::string&>();
  }
  return text;
}

const Json& member(const Json& object, const char* name, Json::value_t type) {
  if (!object.is_object() || !object.contains(name) || object[name].type() != type) {
    throw Malformed(fmt::format("the answer has no '{}', or another kind of it than the API says", name));
  }
  return object[name];
}

}  // namespace assay::models::remote
