#include "run/conversation_examples.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "data/conversations.h"
#include "models/local/chat_template.h"

namespace assay::run {
namespace {

/// The template that `data` names, else the model's own.
models::ChatTemplate chat_template_of(const sdk::ConversationData& data, const models::LocalModel& model) {
  if (!data.chat_template.empty()) {
    std::ifstream in(data.chat_template, std::ios::binary);
    std::ostringstream source;
    source << in.rdbuf();
    if (!in) throw BadInput(data.chat_template + ": cannot be read");
    return {source.str(), data.chat_template, model.tokenizer()};
  }
  if (model.chat_template() == nullptr) {
    throw BadInput(
        fmt::format("the model '{}' has no chat template to write conversations by; name one: chat_template: FILE.j2",
                    model.info().name));
  }
  return *model.chat_template();
}

/// How many leading tokens of `tokens` spell the first `bytes` bytes of `text`: a token that spans the place is not among
/// them.
std::size_t tokens_before(const std::vector<std::int32_t>& tokens, std::string_view text, std::size_t bytes,
                          const text::Tokenizer& tokenizer) {
  if (bytes >= text.size()) return tokens.size();
  const auto head = tokenizer.encode(text.substr(0, bytes), false);
  return static_cast<std::size_t>(std::mismatch(head.begin(), head.end(), tokens.begin(), tokens.end()).first -
                                  head.begin());
}

train::TrainingExample example_of(const models::MarkedText& text, const text::Tokenizer& tokenizer) {
  train::TrainingExample example;
  example.tokens = tokenizer.encode(text.text, false);
  example.loss_weights.assign(example.tokens.size(), 0.0F);
  for (const auto& [begin, end] : text.learnt) {
    const std::size_t first = tokens_before(example.tokens, text.text, begin, tokenizer);
    const std::size_t last = tokens_before(example.tokens, text.text, end, tokenizer);
    for (std::size_t t = first; t < last; ++t) example.loss_weights[t] = 1.0F;
  }
  return example;
}

std::vector<models::MarkedText> learnt_texts(const models::ChatTemplate& chat_template,
                                             const data::Conversation& conversation) {
  try {
    return chat_template.learnt_texts(conversation.messages, conversation.learnt);
  } catch (const BadInput& error) {
    throw BadInput(fmt::format("{}: {}", conversation.where, error.what()));
  }
}

}  // namespace

ConversationExamples conversation_examples(const sdk::ConversationData& data, const models::LocalModel& model,
                                           std::uint64_t seed) {
  const models::ChatTemplate chat_template = chat_template_of(data, model);
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
    ++result.conversations;
    for (const models::MarkedText& text : learnt_texts(chat_template, conversation)) {
      train::TrainingExample example = example_of(text, model.tokenizer());
      if (window > 0 && example.tokens.size() > window) {
        if (data.too_long == "fail") {
          throw BadInput(
              fmt::format("{}: this conversation has {} tokens and the window of model '{}' {}; leave it out, or set "
                          "too_long to drop or "
                          "truncate",
                          conversation.where, example.tokens.size(), model.info().name, window));
        }
        example.tokens.resize(window);
        example.loss_weights.resize(window);
        const bool teaches =
            std::any_of(example.loss_weights.begin() + 1, example.loss_weights.end(), [](float w) { return w > 0; });
        if (data.too_long == "drop" || !teaches) {
          ++result.dropped;
          continue;
        }
        ++result.truncated;
      }
      result.examples.push_back(std::move(example));
    }
  }
  if (result.examples.empty()) throw BadInput("no conversation fits the model's window");
  return result;
}

}  // namespace assay::run
