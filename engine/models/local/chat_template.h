#pragma once
#include <assay/sdk/prompt.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "assay/sdk/json.h"
#include "text/jinja/template.h"

namespace assay::models {

/// Part of a text, in bytes.
struct TextSpan {
  std::size_t begin = 0, end = 0;
  friend bool operator==(const TextSpan&, const TextSpan&) = default;
};

/// A conversation as text, and what of it a model should learn to write.
struct MarkedText {
  std::string text;
  std::vector<TextSpan> learnt;  ///< from left to right, apart from each other
  friend bool operator==(const MarkedText&, const MarkedText&) = default;
};

/// A model's chat template: how a conversation becomes one text, as transformers' apply_chat_template writes it.
class ChatTemplate {
 public:
  /// `name` is what errors call it; `variables` are those besides the conversation: bos_token, eos_token.
  /// @throws text::TemplateError where it does not parse.
  ChatTemplate(const std::string& source, const std::string& name, OrderedJson variables);

  /// @throws text::TemplateError where the template fails, or refuses the conversation.
  [[nodiscard]] std::string render(std::span<const sdk::Message> messages, bool add_generation_prompt) const;

  /// Texts to learn the assistant's turns from, of which `learnt` (one a message) names those that count:
  /// - what stands in the template's generation blocks, where it has some;
  /// - else what each turn adds to the conversation before it, from where the model is asked to write, its end included;
  /// - where a conversation does not begin as its shorter part does (templates that look at the last message, or leave
  ///   earlier reasoning out), one text a turn, as the model is asked then.
  /// @throws UnsupportedModel where the text up to an answer does not begin as the question to it does; BadInput for a
  /// conversation of which nothing is to be learnt, or whose texts hold the marks of text::Template.
  [[nodiscard]] std::vector<MarkedText> learnt_texts(std::span<const sdk::Message> messages, const std::vector<bool>& learnt) const;

 private:
  [[nodiscard]] std::string written(const text::Template&, std::span<const sdk::Message>, bool add_generation_prompt) const;
  [[nodiscard]] std::optional<MarkedText> by_blocks(std::span<const sdk::Message> messages, const std::vector<bool>& learnt) const;

  std::string name_;
  OrderedJson variables_;
  text::Template template_, marking_;
};

}  // namespace assay::models
