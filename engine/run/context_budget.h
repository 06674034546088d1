#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "assay/sdk/language_model.h"

namespace assay::run {

/// What fitting a request to the model's window took from its prompt.
struct Fitted {
  std::size_t shots_dropped = 0;
  std::size_t passages_dropped = 0;
  std::int64_t input_tokens_cut = 0;  ///< by how many tokens the input became shorter
  std::int64_t prompt_tokens = 0;     ///< of the prompt as it is asked
  [[nodiscard]] bool cut() const { return shots_dropped > 0 || passages_dropped > 0 || input_tokens_cut > 0; }
  friend bool operator==(const Fitted&, const Fitted&) = default;
};

/// Fits prompts to a model's window by the experiment's `prompt.fit`: a request takes the tokens of its prompt and of all
/// that may be written (max_tokens, or its longest choice), and where that is too much each step of the policy in turn
/// takes away as little as makes it fit, or all that it can:
/// - drop_shots: whole examples, the first ones first, which stand farthest from the question
/// - drop_passages: whole passages, the last ones first: retrieval puts the best first
/// - truncate_head, truncate_middle, truncate_tail: characters of the input, from its beginning, middle or end; never
///   inside a character as people see it (UAX #29) or inside a special token, and never all of it. What is left of the
///   middle is joined by " … ", so that the two ends make no word that nobody wrote.
/// A step that the template does not show (fewer shots, as many tokens) takes nothing. Sizes are found by halves: a step
/// renders and counts O(log n) prompts, for n shots, passages or characters.
class ContextBudget {
 public:
  /// Makes the request anew from another draft.
  using Render = std::function<sdk::Request(const sdk::PromptDraft&)>;

  /// `policy` holds the names above, in order; the model outlives this. A model of unknown window takes everything.
  ContextBudget(std::vector<std::string> policy, const sdk::LanguageModel& model);

  /// Leaves `request` as it is where it fits, else puts in its place what `render` makes of what is left of `draft`.
  /// @throws UnsupportedModel where all steps together do not make it fit.
  Fitted fit(sdk::Request& request, const sdk::PromptDraft& draft, const Render& render) const;

  /// For a request that was not rendered from a draft, of which nothing can be taken. @throws UnsupportedModel
  Fitted check(const sdk::Request& request) const;

 private:
  struct Cut;
  [[nodiscard]] Cut cut(const std::string& step, const sdk::PromptDraft& draft) const;
  [[nodiscard]] bool fits(std::int64_t tokens) const;
  [[nodiscard]] Fitted asked(Fitted fitted, const sdk::Request& request, std::int64_t needed) const;
  [[noreturn]] void refuse(const sdk::Request& request, std::int64_t needed) const;

  std::vector<std::string> policy_;
  const sdk::LanguageModel& model_;
};

/// `text` without its `count` characters at the beginning (truncate_head), in the middle or at the end, where characters
/// end at `ends`.
std::string without_characters(const std::string& text, const std::vector<std::size_t>& ends, std::size_t count,
                               const std::string& step);

/// Where `text` may be cut, its end last: between characters, outside special tokens.
std::vector<std::size_t> places_to_cut(const std::string& text, const std::vector<std::string>& special_tokens);

}  // namespace assay::run
