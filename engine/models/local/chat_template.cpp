#include "models/local/chat_template.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <algorithm>

namespace assay::models {
namespace {

text::Template parsed(std::string_view source, const std::string& name) {
  text::Template::Options options;
  options.name = name;
  return text::Template::parse(source, std::move(options));
}

OrderedJson special_tokens(const text::Tokenizer& tokenizer) {
  OrderedJson tokens = OrderedJson::object();
  if (const auto bos = tokenizer.bos()) tokens["bos_token"] = tokenizer.token(*bos);
  if (const auto eos = tokenizer.eos()) tokens["eos_token"] = tokenizer.token(*eos);
  return tokens;
}

}  // namespace

ChatTemplate::ChatTemplate(std::string_view source, std::string name, OrderedJson variables)
    : name_(std::move(name)), variables_(std::move(variables)), template_(parsed(source, name_)) {}

ChatTemplate::ChatTemplate(std::string_view source, std::string name, const text::Tokenizer& tokenizer)
    : ChatTemplate(source, std::move(name), special_tokens(tokenizer)) {}

OrderedJson ChatTemplate::variables(std::span<const sdk::Message> messages, bool add_generation_prompt) const {
  OrderedJson all = variables_;
  all["messages"] = OrderedJson::array();
  all["add_generation_prompt"] = add_generation_prompt;
  for (const sdk::Message& message : messages)
    all["messages"].push_back({{"role", message.role}, {"content", message.content}});
  return all;
}

std::string ChatTemplate::render(std::span<const sdk::Message> messages, bool add_generation_prompt) const {
  return template_.render(variables(messages, add_generation_prompt));
}

std::vector<MarkedText> ChatTemplate::learnt_texts(std::span<const sdk::Message> messages,
                                                   const std::vector<bool>& learnt) const {
  auto marked = template_.render_marked(variables(messages, false));
  MarkedText whole{std::move(marked.text), {}};
  std::vector<std::size_t> answers;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (messages[i].role == "assistant") answers.push_back(i);
  }
  if (marked.generated.size() == answers.size()) {
    for (std::size_t a = 0; a < answers.size(); ++a) {
      if (learnt[answers[a]]) whole.learnt.push_back(marked.generated[a]);
    }
    return {std::move(whole)};
  }
  std::vector<MarkedText> apart;
  bool grows = true;
  for (const std::size_t i : answers) {
    if (!learnt[i]) continue;
    const std::string question = render(messages.first(i), true);
    MarkedText turn{render(messages.first(i + 1), false), {}};
    if (!turn.text.starts_with(question)) {
      throw BadInput(
          fmt::format("{}: the template does not go on from where it asks for an answer when the answer (message {}) "
                      "is there, so that "
                      "what the model must write cannot be told; mark it in the template with {{% generation %}} … {{% "
                      "endgeneration %}}",
                      name_, i + 1));
    }
    turn.learnt.emplace_back(question.size(), turn.text.size());
    grows = grows && whole.text.starts_with(turn.text);
    whole.learnt.push_back(turn.learnt.front());
    apart.push_back(std::move(turn));
  }
  return grows ? std::vector<MarkedText>{std::move(whole)} : apart;
}

std::optional<ChatTemplate> chat_template_of(const std::filesystem::path& folder, const text::Tokenizer& tokenizer) {
  const auto source = tokenizer.chat_template();
  if (!source) return std::nullopt;
  const std::filesystem::path own = folder / "chat_template.jinja";
  const std::string name =
      std::filesystem::exists(own) ? own.string() : (folder / "tokenizer_config.json").string() + " (chat_template)";
  return ChatTemplate(*source, name, tokenizer);
}

}  // namespace assay::models
