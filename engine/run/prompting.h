#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "assay/sdk/language_model.h"
#include "assay/sdk/strategy.h"
#include "data/answer_reader.h"
#include "plan/job.h"
#include "text/jinja/template.h"

namespace assay::run {

/// Turns drafts into prompts. Which text a draft becomes:
/// - with a template (the draft's own, else the experiment's): what the Jinja file renders to. Its variables: system,
///   instruction, shots (input, target), passages (text, source), input, choices, fields, answer_prefix, and the draft's.
/// - else, where the model has a chat template: what that makes of the messages system + instruction, a user and an
///   assistant turn a shot, and the question after its passages.
/// - else a plain text: the instruction, passages, `input\nAnswer: target` a shot, and `input\nAnswer:`.
class Prompter {
 public:
  Prompter(plan::PromptJob job, const sdk::LanguageModel& model);

  [[nodiscard]] sdk::Prompt render(const sdk::PromptDraft&, const sdk::Input&) const;

  /// The question about a draft: which of the input's choices follows, or where it has none or the model scores none, what does.
  [[nodiscard]] sdk::Request question(const sdk::PromptDraft&, const sdk::Input&, const sdk::GenerationSettings&) const;
  /// What follows, whether there are choices or not.
  [[nodiscard]] sdk::Request written_question(const sdk::PromptDraft&, const sdk::Input&,
                                              const sdk::GenerationSettings&) const;

  /// How the model would write `target` after the prompt: the `answer` format under a template, the rest of the
  /// assistant's turn under a chat template, else " target\n".
  [[nodiscard]] std::string continuation(const sdk::PromptDraft&, const sdk::Prompt&, const std::string& target,
                                         const sdk::Input&) const;

  /// The answer that metrics compare, by this way of reading (null: the experiment's); nothing where there is none.
  /// @throws BadInput naming a template's place where it fails on this text.
  [[nodiscard]] std::optional<std::string> read(const std::string& text, const sdk::Input&,
                                                const Json& reader = nullptr) const;

  /// A Jinja text over the input and further variables, whose values are never parsed.
  [[nodiscard]] std::string render_text(const std::string& jinja, const sdk::Input&, const Json& variables) const;

  /// Where output ends when the experiment names no stop string: at the line's end where answers end with one (under a
  /// chat template: where it writes a line break and no special token after an assistant's turn).
  [[nodiscard]] std::vector<std::string> default_stop(const sdk::PromptDraft&) const;

 private:
  enum class Form { file, chat, plain };
  [[nodiscard]] Form form(const sdk::PromptDraft&) const;
  const text::Template& file_template(const sdk::PromptDraft&) const;
  [[nodiscard]] std::string answer(const std::string& target, const OrderedJson& fields) const;

  plan::PromptJob job_;
  const sdk::LanguageModel& model_;
  mutable std::map<std::string, text::Template> files_, texts_;
  mutable std::map<std::string, data::AnswerReader> readers_;  ///< by what they are made from
  std::optional<text::Template> answer_;
  std::string answer_end_;
  bool answer_reads_fields_ = false;
};

}  // namespace assay::run
