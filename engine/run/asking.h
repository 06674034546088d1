#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "run/consulting.h"
#include "run/context_budget.h"
#include "run/perturbation.h"
#include "run/prompting.h"
#include "run/rendered_prompts.h"
#include "run/stage.h"

namespace assay::run {

/// What one example's exchange came to.
struct Asked {
  const sdk::Input* input = nullptr;
  std::vector<std::string> prompts;  ///< texts, a request each
  std::vector<Fitted> fitted;        ///< a request each, where the experiment says how prompts are fitted
  std::vector<sdk::Completion> completions;
  std::vector<std::vector<std::string>> choices;  ///< asked for by log-probability; empty for the other requests
  std::vector<std::string> steps;                 ///< Request::step, a request each
  sdk::Answer answer;                             ///< with what composing found
  std::vector<Consultation> consulted;            ///< what strategies asked before the prompt was composed
  sdk::Usage usage;                               ///< of all requests, consultations included
  double milliseconds = 0;                        ///< likewise
  std::string error;
};

/// A cell's strategies at work: composes prompts and drives exchanges.
class Asking {
 public:
  Asking(StageWork& work, sdk::LanguageModel& model);

  /// Asks about all `inputs` together, round by round, until each has its answer or its error.
  std::vector<Asked> ask(std::span<const sdk::Input* const> inputs);

  /// Asks from now on as if the part that is being adapted had left this behind; `files` is where it writes.
  void try_state(const Json& state, const std::filesystem::path& files);
  /// The model charges what it is asked to the stage itself.
  void leave_charging_to_model() { charges_ = false; }
  /// The model that strategies consult before they compose, where another than theirs; it outlives this.
  void consult_with(sdk::LanguageModel& model) { consulted_ = &model; }

  /// What a model learns of one example that is trained with the list's prompt.
  struct Lesson {
    sdk::Prompt prompt;
    std::string answer;  ///< as it is written after the prompt
  };
  std::vector<Lesson> lessons(std::span<const sdk::Example> examples);

  /// What an exchange begins with.
  struct Opening {
    std::vector<sdk::Request> requests;  ///< none where the driver answers without asking
    std::vector<Fitted> fitted;          ///< as Asked::fitted
    std::string error;                   ///< why they cannot be asked
  };
  /// The first requests about `input`, fitted; nothing is asked but what strategies consult before they compose.
  Opening open(const sdk::Input& input);

 private:
  struct Part {
    plan::PartJob job;
    std::shared_ptr<sdk::Strategy> strategy;
    Json state;
    sdk::PromptContext context;
  };
  struct Question;
  struct Round;

  /// What strategies want to know before they compose, of all inputs at once; nothing where none consults.
  std::vector<Consulted> consult(std::span<const sdk::Input* const>);
  sdk::PromptDraft compose(const sdk::Input&, const Consulted&);
  sdk::Step next(const Question&);
  /// Takes one example's next step: its answer, or its requests into the round.
  void advance(std::vector<Question>&, std::size_t which, Round&);
  void send(std::vector<Question>&, Round&);
  static void settle(Question&, std::size_t request, sdk::Completion);

  /// Fits a request that the driver's last step made to the window. @throws UnsupportedModel where it cannot be.
  Fitted fit(sdk::Request&) const;
  /// All of a step; what cannot be fitted is the example's error, and false.
  bool fit(Question&, std::vector<sdk::Request>&) const;

  /// What drivers are given: the engine's own ways, and those of the list's strategy that reads where there is one.
  [[nodiscard]] sdk::Exchange exchange(const sdk::Input&, const sdk::PromptDraft&, std::span<const sdk::Completion>,
                                       bool with_reader) const;
  template <class Call>
  auto in_reader(const sdk::Exchange&, const Call&) const;
  [[nodiscard]] sdk::Request put(const sdk::Exchange&, const sdk::PromptDraft&, bool written) const;
  [[nodiscard]] sdk::Answer read(const sdk::Exchange&, const sdk::Completion&) const;

  StageWork& work_;
  sdk::LanguageModel& model_;
  Prompter prompter_;
  Perturbation perturbation_;
  std::optional<ContextBudget> budget_;  ///< where the experiment declares one
  mutable RenderedPrompts rendered_;     ///< during a driver's step
  std::vector<Part> parts_;
  Part* driver_ = nullptr;
  Part* reader_ = nullptr;
  sdk::LanguageModel* consulted_ = nullptr;
  bool charges_ = true;
  std::unordered_map<std::string, sdk::Completion> shared_;  ///< answers to Request::shared, by what was asked
};

/// The adapters of those parts that train: bundles whose `adapter` folder is merged into the model.
std::vector<store::Bundle> trained_adapters(const StageWork&);

}  // namespace assay::run
