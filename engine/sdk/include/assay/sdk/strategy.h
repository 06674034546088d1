#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "assay/sdk/example.h"
#include "assay/sdk/json.h"
#include "assay/sdk/language_model.h"
#include "assay/sdk/params.h"
#include "assay/sdk/prompt.h"

namespace assay::sdk {

/// What an example's exchange came to.
struct Answer {
  std::string text;               ///< what metrics compare; empty when nothing readable came back
  Json details = Json::object();  ///< votes, reasoning, citations: kept with the prediction, shown with the example
  Numbers numbers = {};           ///< agreement, recall: their means over the examples become KPIs
};

/// What asking about some rows came to.
struct Attempt {
  std::vector<Answer> answers;  ///< a row each, in the order asked
  std::vector<double>
      scores;  ///< what the metric is of each row by itself, so turned that more is better; NaN where undefined
};

/// What `adapt` may use. Lives as long as the call.
class AdaptContext {
 public:
  virtual ~AdaptContext() = default;
  /// Null unless the plugin declared `asks_in_adapt` or `tries`; with the latter, `submit` throws BudgetSpent rather than
  /// ask for more than the budget leaves. Good until the next `attempt`.
  [[nodiscard]] virtual LanguageModel* model() = 0;
  [[nodiscard]] virtual std::uint64_t seed() const = 0;
  [[nodiscard]] virtual std::string instruction() const { return ""; }  ///< the dataset's
  [[nodiscard]] virtual bool stop_requested() const = 0;
  /// The question about `input` as the engine would put it without any strategy: ScoreChoices where it has choices, else
  /// Generate. Other `choices` than the dataset's may stand in it. @throws UnsupportedModel without `asks_in_adapt`.
  [[nodiscard]] virtual Request question(const Input& input);
  /// How the whole list would do if `adapt` returned `state`: training or validation rows, as `adapt` was given them, are
  /// composed for, asked about, read and scored as a cell's are, with all that the list's other strategies prepared and
  /// trained. Nothing where it may take more than the budget leaves: what a row may take at most is set aside before it is
  /// asked. Declare `tries` in the manifest. @throws Error where a row cannot be asked about
  [[nodiscard]] virtual std::optional<Attempt> attempt(const Json& state, std::span<const Example* const> rows);
  /// Prompt and completion tokens that this stage has asked for; those of a run that was killed are counted, too.
  [[nodiscard]] virtual std::int64_t tokens_spent() const;
  /// A folder that becomes part of the stage's bundle; files written here are there again when asking.
  [[nodiscard]] virtual std::filesystem::path directory() const = 0;
  virtual void log(const std::string& line) = 0;
};

/// What composing and asking may use besides the input.
struct PromptContext {
  const Json* state = nullptr;      ///< what this strategy's `adapt` returned; null when it returned nothing
  std::filesystem::path directory;  ///< the files that `adapt` wrote
  std::uint64_t seed = 0;
  std::span<const Completion> consulted = {};  ///< in `compose`: the answers to what `consult` asked, in its order
};

/// A driver's next move: requests whose completions it wants, or the answer.
using Step = std::variant<std::vector<Request>, Answer>;

/// What a driver sees of its example.
struct Exchange {
  const Input& input;
  const PromptDraft& draft;            ///< composed by all strategies of the list
  std::span<const Completion> so_far;  ///< in the order of the requests made
  const GenerationSettings& generation;
  /// The question about `draft`: what the list's strategy that `reads` makes of it; by default ScoreChoices where the input
  /// has choices, else Generate. Drivers alter it.
  Request (*ask)(const Exchange&, const PromptDraft&) = nullptr;
  /// Reads the answer out of one completion of `ask`, of several samples out of the first; empty where it cannot be read.
  Answer (*read)(const Exchange&, const Completion&) = nullptr;
  const void* engine = nullptr;  ///< the engine's own; the functions here use it
  /// As `ask` without the list's strategies, and always a Generate: the model writes even where the input has choices.
  Request (*write)(const Exchange&, const PromptDraft&) = nullptr;
  /// The answer in a written text by `reader`, a value of `prompt.read` (docs/experiments.md), null for the experiment's;
  /// nothing where it cannot be read.
  std::optional<std::string> (*read_text)(const Exchange&, const std::string& text, const Json& reader) = nullptr;
  /// A Jinja text over `input`, `fields`, `choices` and `variables`. Nothing in their values is parsed.
  std::string (*render)(const Exchange&, const std::string& jinja, const Json& variables) = nullptr;

  /// The same exchange about another input and draft, both of which must outlive it.
  [[nodiscard]] Exchange about(const Input& other, const PromptDraft& other_draft) const {
    return {other, other_draft, so_far, generation, ask, read, engine, write, read_text, render};
  }
};

/// Conversations that a strategy trains on in the place of the dataset's training rows; the engine reads them, writes them
/// by the chat template, and has the loss count on the assistant's turns.
struct ConversationData {
  std::vector<std::string> files;  ///< absolute; .jsonl or .json (docs/conversations.md has the shapes)
  std::vector<double> weights;     ///< shares of the mixture, one a file; empty: as many as each file holds
  std::int64_t count = 0;          ///< conversations an epoch; 0: as many as the files hold together
  std::string chat_template;       ///< absolute; empty: the model's own
  std::string too_long = "fail";   ///< a conversation that does not fit the context: fail, drop, or truncate its end
};

/// One way to get a task done by a model: adapts it, composes what it is asked, drives the exchange. All optional.
///
/// The engine creates one instance a stage and calls it from one thread. A strategy keeps no state between calls other
/// than what `adapt` left behind: adapting and asking may happen in different processes, days apart.
class Strategy {
 public:
  virtual ~Strategy() = default;

  /// Leaves behind the prompt-side state that asking will need (chosen shots, an index), as JSON and as files in
  /// `context.directory()`; nothing (the default) when there is nothing to prepare. Declare `adapts` in the manifest.
  /// Must honour `context.stop_requested()` at least once a second.
  /// @throws UnsupportedModel when the model cannot answer what this strategy must ask.
  virtual std::optional<Json> adapt(std::span<const Example> train, std::span<const Example> validation,
                                    AdaptContext& context);

  /// What to ask the model about `input` before its prompt is composed: its vector, a rewritten query. Only called where the
  /// manifest declares `consults`. The engine asks for all examples together, and the answers reach `compose` through
  /// `context.consulted`; a request that fails is its example's error. The model that is asked is the one that `adapt`
  /// asked: without what the list's other strategies trained, so that vectors of both can be compared. Default: nothing.
  virtual std::vector<Request> consult(const Input& input, const PromptContext& context) const;

  /// Adds this strategy's part to the prompt for `input`: shots, passages, an instruction. Default: nothing.
  virtual void compose(const Input& input, PromptDraft& draft, const PromptContext& context) const;

  /// The next step: requests for the model, or, once `exchange.so_far` holds enough, the answer. Default: asks once.
  /// Only called where the manifest declares `drives`. The engine sends the requests of all inputs together and calls
  /// again with their completions. An unreadable completion is not an error; it is an empty Answer, counted as wrong.
  virtual Step next(const Exchange& exchange, const PromptContext& context) const;

  /// How the question about `draft` is put and how its answer is read, where the manifest declares `reads`: whatever
  /// drives the exchange meets both through `exchange.ask` and `exchange.read`. Inside of them those two are the engine's
  /// own, which are the defaults.
  virtual Request question(const Exchange& exchange, const PromptDraft& draft, const PromptContext& context) const;
  virtual Answer answer(const Exchange& exchange, const Completion& completion, const PromptContext& context) const;

  /// What a model that is trained with `train_with_prompt` learns to write about an example, where the manifest declares
  /// `reads`: what `answer` reads the target out of. Default: the target.
  [[nodiscard]] virtual std::string lesson(const Example& example, const PromptContext& context) const;

  /// For strategies that train: conversations to train on, in the place of the dataset's training rows. Default: none.
  [[nodiscard]] virtual std::optional<ConversationData> conversations() const;
};

}  // namespace assay::sdk
