#include "models/remote/dialect.h"

#include <fmt/core.h>

namespace assay::models::remote {

std::unique_ptr<Dialect> dialect_of(const RemoteSettings& settings) {
  return settings.source == "anthropic" ? anthropic_dialect(settings) : openai_dialect(settings);
}

std::string conversation_text(std::span<const sdk::Message> messages, bool opens_answer) {
  std::string text;
  for (const sdk::Message& message : messages) text += (text.empty() ? "" : "\n\n") + message.role + ": " + message.content;
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
    messages.push_back({"assistant", std::move(begun)});
  }
  return messages;
}

std::int64_t count_in(const Json& object, const char* name) {
  if (!object.is_object() || !object.contains(name) || object[name].is_null()) return 0;
  if (!object[name].is_number_integer() || object[name].get<std::int64_t>() < 0) throw Malformed(fmt::format("'{}' in the answer is no count", name));
  return object[name];
}

const Json& member(const Json& object, const char* name, Json::value_t type) {
  if (!object.is_object() || !object.contains(name) || object[name].type() != type) {
    throw Malformed(fmt::format("the answer has no '{}', or another kind of it than the API says", name));
  }
  return object[name];
}

}  // namespace assay::models::remote
