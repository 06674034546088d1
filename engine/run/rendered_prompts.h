#pragma once
#include <optional>
#include <string>
#include <vector>

#include "assay/sdk/example.h"
#include "assay/sdk/language_model.h"

namespace assay::run {

/// The prompt in a request; null in one that has none.
[[nodiscard]] const sdk::Prompt* prompt_of(const sdk::Request& request);
[[nodiscard]] sdk::Prompt* prompt_of(sdk::Request& request);

/// Prompts that a driver was given while it made its step, with the drafts that they came from: by them the engine knows
/// what a driver's requests were rendered from, and can render them again from less.
class RenderedPrompts {
 public:
  struct Rendered {
    sdk::Input input;
    sdk::PromptDraft draft;
    bool written = false;  ///< the model writes, whether there are choices or not
    sdk::Prompt prompt;
    std::vector<std::string> choices;
  };

  void clear() { all_.clear(); }
  void add(const sdk::Input& input, const sdk::PromptDraft& draft, bool written, const sdk::Request& request);

  /// A rendered prompt and what the driver wrote after it: text, or (the text then left to the model) messages.
  struct Origin {
    const Rendered* rendered = nullptr;
    std::string text;
    std::vector<sdk::Message> messages;
    bool rendered_by_model = false;  ///< the driver left the text empty
  };

  /// What `prompt` begins with, the longest of several; nothing where it was not rendered from a draft.
  [[nodiscard]] std::optional<Origin> origin_of(const sdk::Prompt& prompt) const;

 private:
  std::vector<Rendered> all_;
};

}  // namespace assay::run
