#include "models/local/chat_template.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace assay::models {
namespace {

text::Template parsed(const std::string& source, const std::string& name, bool mark_generations) {
  text::Template::Options options;
  options.name = name;
  options.mark_generations = mark_generations;
  return text::Template::parse(source, std::move(options));
}

/// The text without the marks, and what stood between them.
MarkedText without_marks(const std::string& marked) {
  constexpr std::string_view begin = text::Template::kGenerationBegin, end = text::Template::kGenerationEnd;
  MarkedText result;
  for (std::size_t at = 0; at < marked.size();) {
    const std::string_view rest = std::string_view(marked).substr(at);
    if (rest.starts_with(begin)) {
      result.learnt.push_back({result.text.size(), result.text.size()});
      at += begin.size();
    } else if (rest.starts_with(end) && !result.learnt.empty()) {
      result.learnt.back().end = result.text.size();
      at += end.size();
    } else {
      result.text += marked[at++];
    }
  }
  return result;
}

}  // namespace

ChatTemplate::ChatTemplate(const std::string& source, const std::string& name, OrderedJson variables)
    : name_(name), variables_(std::move(variables)), template_(parsed(source, name, false)), marking_(parsed(source, name, true)) {}

std::string ChatTemplate::written(const text::Template& rules, std::span<const sdk::Message> messages, bool add_generation_prompt) const {
  OrderedJson variables = variables_;
  variables["messages"] = OrderedJson::array();
  variables["add_generation_prompt"] = add_generation_prompt;
  for (const sdk::Message& message : messages) variables["messages"].push_back({{"role", message.role}, {"content", message.content}});
  return rules.render(variables);
}

std::string ChatTemplate::render(std::span<const sdk::Message> messages, bool add_generation_prompt) const {
  return written(template_, messages, add_generation_prompt);
}

/// Nothing where the template has no generation blocks, or not one for each of the assistant's turns.
std::optional<MarkedText> ChatTemplate::by_blocks(std::span<const sdk::Message> messages, const std::vector<bool>& learnt) const {
  MarkedText marked = without_marks(written(marking_, messages, false));
  std::vector<bool> turns;  // of the assistant: whether they count
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (messages[i].role == "assistant") turns.push_back(learnt[i]);
  }
  if (marked.learnt.size() != turns.size() || marked.text != render(messages, false)) return {};
  std::size_t turn = 0;
  std::erase_if(marked.learnt, [&](const TextSpan&) { return !turns[turn++]; });
  return marked;
}

std::vector<MarkedText> ChatTemplate::learnt_texts(std::span<const sdk::Message> messages, const std::vector<bool>& learnt) const {
  if (std::find(learnt.begin(), learnt.end(), true) == learnt.end()) throw BadInput("no turn of this conversation is to be learnt");
  for (const sdk::Message& message : messages) {
    for (const std::string_view mark : {text::Template::kGenerationBegin, text::Template::kGenerationEnd}) {
      if (message.content.find(mark) != std::string::npos) throw BadInput("a message holds a noncharacter (U+FDD0 or U+FDD1); take it out");
    }
  }
  if (auto marked = by_blocks(messages, learnt)) return {std::move(*marked)};
  MarkedText whole{render(messages, false), {}};
  std::vector<MarkedText> apart;
  bool together = true;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (!learnt[i]) continue;
    const std::string question = render(messages.subspan(0, i), true);
    MarkedText turn{render(messages.subspan(0, i + 1), false), {}};
    if (!turn.text.starts_with(question)) {
      throw UnsupportedModel(fmt::format("{}: the template does not continue the question when an answer is added, so that it cannot be told "
                                         "what the model is to write; put {{% generation %}} … {{% endgeneration %}} around the assistant's turn "
                                         "in it",
                                         name_));
    }
    turn.learnt.push_back({question.size(), turn.text.size()});
    together = together && whole.text.starts_with(turn.text);
    whole.learnt.push_back(turn.learnt.front());
    apart.push_back(std::move(turn));
  }
  return together ? std::vector<MarkedText>{std::move(whole)} : apart;
}

}  // namespace assay::models
