#include "run/rendered_prompts.h"

#include <algorithm>
#include <utility>

namespace assay::run {

const sdk::Prompt* prompt_of(const sdk::Request& request) {
  if (const auto* generate = std::get_if<sdk::Generate>(&request.what)) return &generate->prompt;
  if (const auto* score = std::get_if<sdk::ScoreChoices>(&request.what)) return &score->prompt;
  return nullptr;
}

sdk::Prompt* prompt_of(sdk::Request& request) { return const_cast<sdk::Prompt*>(prompt_of(std::as_const(request))); }

void RenderedPrompts::add(const sdk::Input& input, const sdk::PromptDraft& draft, bool written,
                          const sdk::Request& request) {
  if (const auto* generate = std::get_if<sdk::Generate>(&request.what)) {
    all_.push_back({input, draft, written, generate->prompt, {}});
  } else if (const auto* score = std::get_if<sdk::ScoreChoices>(&request.what)) {
    all_.push_back({input, draft, written, score->prompt, score->choices});
  }
}

std::optional<RenderedPrompts::Origin> RenderedPrompts::origin_of(const sdk::Prompt& prompt) const {
  std::optional<Origin> best;
  for (const Rendered& one : all_) {
    const auto& known = one.prompt;
    const bool by_messages = prompt.text.empty() && !known.messages.empty() &&
                             prompt.messages.size() >= known.messages.size() &&
                             std::equal(known.messages.begin(), known.messages.end(), prompt.messages.begin());
    const bool by_text =
        !prompt.text.empty() && prompt.messages == known.messages && prompt.text.starts_with(known.text);
    if (!by_messages && !by_text) continue;
    if (best && best->rendered->prompt.text.size() >= known.text.size()) continue;
    Origin origin;
    origin.rendered = &one;
    origin.rendered_by_model = by_messages;
    if (by_messages) {
      origin.messages.assign(prompt.messages.begin() + static_cast<std::ptrdiff_t>(known.messages.size()),
                             prompt.messages.end());
    } else {
      origin.text = prompt.text.substr(known.text.size());
    }
    best = std::move(origin);
  }
  return best;
}

}  // namespace assay::run
