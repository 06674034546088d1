#include "run/conversation_examples.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "text/jinja/template.h"

namespace assay::run {
namespace {

text::Template chat_template_of(const sdk::ConversationData& data, const models::LocalModel& model) {
  text::Template::Options options;
  if (!data.chat_template.empty()) {
    std::ifstream in(data.chat_template, std::ios::binary);
    std::ostringstream source;
    source << in.rdbuf();
    if (!in) throw BadInput(data.chat_template + ": cannot be read");
    options.name = data.chat_template;
    return text::Template::parse(source.str(), std::move(options));
  }
  const auto source = model.tokenizer().chat_template();
  if (!source) {
    throw BadInput(fmt::format("the model '{}' has no chat template to write conversations by; name one: chat_template: FILE.j2", model.info().name));
  }
  options.name = "the chat template of " + model.info().name;
  return text::Template::parse(*source, std::move(options));
}

OrderedJson variables(std::span<const sdk::Message> messages, bool add_generation_prompt, const text::Tokenizer& tokenizer) {
  OrderedJson all{{"messages", OrderedJson::array()}, {"add_generation_prompt", add_generation_prompt}};
  for (const sdk::Message& message : messages) all["messages"].push_back({{"role", message.role}, {"content", message.content}});
  if (const auto bos = tokenizer.bos()) all["bos_token"] = tokenizer.token(*bos);
  if (const auto eos = tokenizer.eos()) all["eos_token"] = tokenizer.token(*eos);
  return all;
}

/// How many leading tokens of `tokens` spell the first `bytes` bytes of `text`: a token that spans the place is not among
/// them.
std::size_t tokens_before(const std::vector<std::int32_t>& tokens, std::string_view text, std::size_t bytes, const text::Tokenizer& tokenizer) {
  if (bytes >= text.size()) return tokens.size();
  const auto head = tokenizer.encode(text.substr(0, bytes), false);
  return static_cast<std::size_t>(std::mismatch(head.begin(), head.end(), tokens.begin(), tokens.end()).first - head.begin());
}

}  // namespace

RenderedConversation render_conversation(const data::Conversation& conversation, const text::Template& chat_template,
                                         const text::Tokenizer& tokenizer) {
  const std::span messages(conversation.messages);
  const auto marked = chat_template.render_marked(variables(messages, false, tokenizer));
  RenderedConversation rendered{marked.text, {}};
  std::vector<std::size_t> answers;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (messages[i].role == "assistant") answers.push_back(i);
  }
  if (marked.generated.size() == answers.size()) {
    for (std::size_t a = 0; a < answers.size(); ++a) {
      if (conversation.learnt[answers[a]]) rendered.learnt.push_back(marked.generated[a]);
    }
    return rendered;
  }
  for (const std::size_t i : answers) {
    if (!conversation.learnt[i]) continue;
    const std::string before = chat_template.render(variables(messages.first(i), true, tokenizer));
    const std::string after = chat_template.render(variables(messages.first(i + 1), false, tokenizer));
    if (!after.starts_with(before) || !rendered.text.starts_with(after)) {
      throw BadInput(fmt::format("{}: the chat template writes message {} otherwise once others follow, so that the assistant's turns cannot be "
                                 "told; mark them in the template with {{% generation %}} … {{% endgeneration %}}", conversation.where, i + 1));
    }
    rendered.learnt.emplace_back(before.size(), after.size());
  }
  return rendered;
}

ConversationExamples conversation_examples(const sdk::ConversationData& data, const models::LocalModel& model, std::uint64_t seed) {
  const text::Template chat_template = chat_template_of(data, model);
  std::vector<std::vector<data::Conversation>> sets;
  std::vector<std::size_t> sizes;
  for (const std::string& file : data.files) {
    sets.push_back(data::read_conversations(file));
    sizes.push_back(sets.back().size());
  }
  const auto window = static_cast<std::size_t>(model.info().context_length);
  ConversationExamples result;
  for (const auto& [set, index] : data::mixture(sizes, data.weights, data.count, seed)) {
    const data::Conversation& conversation = sets[set][index];
    const RenderedConversation rendered = render_conversation(conversation, chat_template, model.tokenizer());
    ++result.conversations;
    train::TrainingExample example;
    example.tokens = model.tokenizer().encode(rendered.text, false);
    example.loss_weights.assign(example.tokens.size(), 0.0F);
    for (const auto& [begin, end] : rendered.learnt) {
      const std::size_t first = tokens_before(example.tokens, rendered.text, begin, model.tokenizer());
      const std::size_t last = tokens_before(example.tokens, rendered.text, end, model.tokenizer());
      for (std::size_t t = first; t < last; ++t) example.loss_weights[t] = 1.0F;
    }
    if (window > 0 && example.tokens.size() > window) {
      if (data.too_long == "fail") {
        throw BadInput(fmt::format("{}: this conversation has {} tokens and the window of model '{}' {}; leave it out, or set too_long to drop or truncate",
                                   conversation.where, example.tokens.size(), model.info().name, window));
      }
      example.tokens.resize(window);
      example.loss_weights.resize(window);
      const bool teaches = std::any_of(example.loss_weights.begin() + 1, example.loss_weights.end(), [](float w) { return w > 0; });
      if (data.too_long == "drop" || !teaches) {
        ++result.dropped;
        continue;
      }
      ++result.truncated;
    }
    result.examples.push_back(std::move(example));
  }
  if (result.examples.empty()) throw BadInput("no conversation fits the model's window");
  return result;
}

}  // namespace assay::run
