#pragma once
#include <assay/sdk/json.h>
#include <assay/sdk/language_model.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/template.h"
#include "text/tokenizer.h"

namespace assay::models {

/// A conversation as text, and what of it a model should learn to write: bytes [begin, end), in order.
struct MarkedText {
  std::string text;
  std::vector<std::pair<std::size_t, std::size_t>> learnt;
};

/// How a conversation becomes one text, as transformers' apply_chat_template writes it.
class ChatTemplate {
 public:
  /// `name` is what errors call it; `variables` are those besides the conversation. @throws text::TemplateError where it does not parse.
  ChatTemplate(std::string_view source, std::string name, OrderedJson variables);

  /// With the tokenizer's `bos_token` and `eos_token` for variables.
  ChatTemplate(std::string_view source, std::string name, const text::Tokenizer& tokenizer);

  /// @throws text::TemplateError where the template fails, or refuses the conversation.
  [[nodiscard]] std::string render(std::span<const sdk::Message> messages, bool add_generation_prompt) const;

  /// Texts to learn the assistant's turns from; `learnt` (a flag a message) says which count. A turn is
  /// - what stands in its generation block, where the template has one for each of the assistant's turns;
  /// - else what it adds to the conversation before it, from where the model is asked to write, its end included.
  /// One text, or one a turn where a longer conversation does not begin as its shorter part does: templates that leave
  /// earlier reasoning out ask the model so.
  /// @throws BadInput where a turn does not begin where the model is asked for it; text::TemplateError as `render`.
  [[nodiscard]] std::vector<MarkedText> learnt_texts(std::span<const sdk::Message> messages,
                                                     const std::vector<bool>& learnt) const;

 private:
  [[nodiscard]] OrderedJson variables(std::span<const sdk::Message> messages, bool add_generation_prompt) const;

  std::string name_;
  OrderedJson variables_;
  text::Template template_;
};

/// That of a model's folder; none where it has none. @throws text::TemplateError where it does not parse
std::optional<ChatTemplate> chat_template_of(const std::filesystem::path& folder, const text::Tokenizer& tokenizer);

}  // namespace assay::models
