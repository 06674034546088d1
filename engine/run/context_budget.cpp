#include "run/context_budget.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "run/rendered_prompts.h"
#include "text/graphemes.h"

namespace assay::run {

/// A step's power over one draft.
struct ContextBudget::Cut {
  std::size_t most = 0;  ///< how many shots, passages or characters can go
  std::function<void(sdk::PromptDraft&, std::size_t)> take;
};

std::vector<std::size_t> places_to_cut(const std::string& text, const std::vector<std::string>& special_tokens) {
  std::vector<std::size_t> places = text::grapheme_ends(text);
  std::vector<std::pair<std::size_t, std::size_t>> whole;
  for (const std::string& token : special_tokens) {
    if (token.empty()) continue;
    for (auto at = text.find(token); at != std::string::npos; at = text.find(token, at + 1))
      whole.emplace_back(at, at + token.size());
  }
  if (whole.empty()) return places;
  std::sort(whole.begin(), whole.end());
  auto next = whole.begin();
  std::size_t inside_until = 0;
  std::erase_if(places, [&](std::size_t place) {
    for (; next != whole.end() && next->first < place; ++next) inside_until = std::max(inside_until, next->second);
    return place < inside_until;
  });
  return places;
}

std::string without_characters(const std::string& text, const std::vector<std::size_t>& ends, std::size_t count,
                               const std::string& step) {
  if (count == 0) return text;
  const auto place = [&](std::size_t characters) { return characters == 0 ? 0 : ends[characters - 1]; };
  const std::size_t kept = ends.size() - count;
  if (step == "truncate_head") return text.substr(place(count));
  if (step == "truncate_tail") return text.substr(0, place(kept));
  const std::size_t head = (kept + 1) / 2;
  return text.substr(0, place(head)) + " … " + text.substr(place(head + count));
}

ContextBudget::ContextBudget(std::vector<std::string> policy, const sdk::LanguageModel& model)
    : policy_(std::move(policy)), model_(model) {}

bool ContextBudget::fits(std::int64_t tokens) const {
  const std::int64_t window = model_.info().context_length;
  return window == 0 || tokens <= window;
}

ContextBudget::Cut ContextBudget::cut(const std::string& step, const sdk::PromptDraft& draft) const {
  if (step == "drop_shots") {
    return {draft.shots.size(), [](sdk::PromptDraft& less, std::size_t count) {
              less.shots.erase(less.shots.begin(), less.shots.begin() + static_cast<std::ptrdiff_t>(count));
            }};
  }
  if (step == "drop_passages") {
    return {draft.passages.size(),
            [](sdk::PromptDraft& less, std::size_t count) { less.passages.resize(less.passages.size() - count); }};
  }
  std::vector<std::size_t> places = places_to_cut(draft.input, model_.info().special_tokens);
  const std::size_t most = places.empty() ? 0 : places.size() - 1;
  return {most, [step, places = std::move(places)](sdk::PromptDraft& less, std::size_t count) {
            less.input = without_characters(less.input, places, count, step);
          }};
}

Fitted ContextBudget::fit(sdk::Request& request, const sdk::PromptDraft& draft, const Render& render) const {
  Fitted fitted;
  std::int64_t needed = model_.tokens_needed(request);
  if (fits(needed)) return asked(fitted, request, needed);
  sdk::PromptDraft rest = draft;
  for (const std::string& step : policy_) {
    const Cut cut = this->cut(step, rest);
    if (cut.most == 0) continue;
    const auto without = [&](std::size_t count) {
      sdk::PromptDraft less = rest;
      cut.take(less, count);
      return less;
    };
    std::size_t count = cut.most;
    sdk::Request shorter = render(without(count));
    const std::int64_t least = model_.tokens_needed(shorter);
    if (least >= needed) continue;
    for (std::size_t too_few = 0; fits(least) && count - too_few > 1;) {
      const std::size_t middle = too_few + (count - too_few) / 2;
      sdk::Request candidate = render(without(middle));
      if (fits(model_.tokens_needed(candidate))) {
        count = middle;
        shorter = std::move(candidate);
      } else {
        too_few = middle;
      }
    }
    sdk::PromptDraft less = without(count);
    fitted.shots_dropped += rest.shots.size() - less.shots.size();
    fitted.passages_dropped += rest.passages.size() - less.passages.size();
    if (less.input != rest.input) {
      // A cut that joins tokens may leave as many of the input's own; that it was cut must show all the same.
      fitted.input_tokens_cut +=
          std::max<std::int64_t>(1, model_.count_tokens({rest.input, {}}) - model_.count_tokens({less.input, {}}));
    }
    rest = std::move(less);
    request = std::move(shorter);
    needed = least;
    if (fits(least)) return asked(fitted, request, model_.tokens_needed(request));
  }
  refuse(request, needed);
}

Fitted ContextBudget::check(const sdk::Request& request) const {
  const std::int64_t needed = model_.tokens_needed(request);
  if (!fits(needed)) refuse(request, needed);
  return asked({}, request, needed);
}

Fitted ContextBudget::asked(Fitted fitted, const sdk::Request& request, std::int64_t needed) const {
  if (const auto* generate = std::get_if<sdk::Generate>(&request.what)) {
    fitted.prompt_tokens = needed - generate->settings.max_tokens;
  } else if (const sdk::Prompt* prompt = prompt_of(request)) {
    fitted.prompt_tokens = model_.count_tokens(*prompt);
  }
  return fitted;
}

void ContextBudget::refuse(const sdk::Request& request, std::int64_t needed) const {
  const sdk::Prompt* prompt = prompt_of(request);
  const std::int64_t tokens = prompt != nullptr ? model_.count_tokens(*prompt) : needed;
  throw UnsupportedModel(
      fmt::format("the prompt has {} tokens{} and up to {} may be written after it, but the window of model '{}' has "
                  "{}; lower `generation.max_tokens`, "
                  "shorten the prompt, or let `prompt.fit` take more away",
                  tokens, policy_.empty() ? "" : fmt::format(" after {}", fmt::join(policy_, ", ")), needed - tokens,
                  model_.info().name, model_.info().context_length));
}

}  // namespace assay::run
