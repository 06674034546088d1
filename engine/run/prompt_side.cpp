#include "run/prompt_side.h"

#include <assay/sdk/error.h>
#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <optional>

#include "run/asking.h"
#include "run/budgeted_model.h"
#include "run/counted_model.h"
#include "run/metric_values.h"
#include "run/predictions.h"
#include "run/remote_fine_tuning.h"
#include "run/replayed_model.h"

namespace assay::run {
namespace {

namespace fs = std::filesystem;

StageBudget budget_of(const plan::Job& job) {
  const Json budget = job.part.value().tries ? job.part->params.value("budget", Json::object()) : Json::object();
  const auto tokens = budget.value("tokens", std::int64_t{0});
  const auto dollars = budget.value("dollars", 0.0);
  return {tokens > 0 ? std::optional(tokens) : std::nullopt, dollars > 0 ? std::optional(dollars) : std::nullopt,
          job.price};
}

/// A model as a stage asks it that adapts: charged to it, and where it tries prompts, within its budget and asked nothing
/// twice, whether or not the stage was killed in between.
class AskedModel {
 public:
  AskedModel(sdk::LanguageModel& model, StageWork& work, StageBudget& budget, const char* name) {
    sdk::LanguageModel* asked = &model;
    if (work.job.part.value().tries) {
      replayed_.emplace(model,
                        work.checkpoints.empty() ? fs::path() : work.checkpoints / (std::string(name) + ".jsonl"));
      asked = &budgeted_.emplace(*replayed_, budget);
    }
    counted_.emplace(*asked, work);
  }

  sdk::LanguageModel& model() { return *counted_; }

 private:
  std::optional<ReplayedModel> replayed_;
  std::optional<BudgetedModel> budgeted_;
  std::optional<CountedModel> counted_;
};

/// The model that a stage asks while it adapts, and its list's way of asking where it tries prompts.
struct Opened {
  /// `answers` is the split that is asked about.
  Opened(StageWork& work, StageBudget& budget, data::Split answers)
      : model(work.bench.model(asked_model(work), work.job.threads, trained_adapters(work), work.job.dataset.value(),
                               answers),
              work, budget, "answers"),
        prompter(work.job.prompt.value(), model.model()) {
    if (!work.job.part->tries) return;
    asking.emplace(work, model.model());
    asking->leave_charging_to_model();
    if (trained_adapters(work).empty()) return;
    untrained.emplace(work.bench.untrained(work.job.model.value(), work.job.threads), work, budget, "consultations");
    asking->consult_with(untrained->model());
  }

  AskedModel model;
  Prompter prompter;
  std::optional<AskedModel> untrained;
  std::optional<Asking> asking;
};

class PromptSideContext final : public sdk::AdaptContext {
 public:
  PromptSideContext(StageWork& work, fs::path directory, const std::vector<sdk::Example>& train)
      : work_(work), directory_(std::move(directory)), train_(train), budget_(budget_of(work.job)) {
    const plan::PartJob& part = work.job.part.value();
    if (!part.asks_in_adapt && !part.tries) return;
    // A simulated model answers what the training rows know; a document set needs vectors and counts alone.
    open(work.job.dataset->train.empty() ? data::Split::validation : data::Split::train);
  }

  [[nodiscard]] sdk::LanguageModel* model() override { return opened_ ? &opened_->model.model() : nullptr; }
  [[nodiscard]] std::uint64_t seed() const override { return work_.job.seed; }
  [[nodiscard]] bool stop_requested() const override { return work_.stops(); }
  [[nodiscard]] fs::path directory() const override { return directory_; }
  [[nodiscard]] std::string instruction() const override { return work_.job.instruction; }
  [[nodiscard]] std::int64_t tokens_spent() const override { return budget_.tokens_spent(); }
  void log(const std::string& line) override { work_.log(line); }

  [[nodiscard]] sdk::Request question(const sdk::Input& input) override {
    if (!opened_) return AdaptContext::question(input);
    sdk::PromptDraft draft;
    draft.instruction = work_.job.instruction;
    draft.input = input.text;
    sdk::Request request = opened_->prompter.question(draft, input, work_.job.generation);
    request.draw = {work_.job.seed, input.index, 0};
    request.example_id = input.id;
    return request;
  }

  [[nodiscard]] std::optional<sdk::Attempt> attempt(const Json& state,
                                                    std::span<const sdk::Example* const> rows) override {
    if (!work_.job.part->tries) return AdaptContext::attempt(state, rows);
    if (rows.empty()) return sdk::Attempt{};
    const bool training = is_training(*rows.front());
    std::vector<const sdk::Input*> inputs;
    for (const sdk::Example* row : rows) {
      if (is_training(*row) != training)
        throw Error("rows of one attempt must be of one split, training or validation");
      inputs.push_back(&row->input);
    }
    open(training ? data::Split::train : data::Split::validation);
    opened_->asking->try_state(state, directory_);
    const double start = seconds_now();
    std::vector<Asked> asked;
    try {
      asked = opened_->asking->ask(inputs);
    } catch (const BudgetSpent& spent) {
      work_.log(fmt::format("not tried on {} rows: {}", rows.size(), spent.what()));
      return std::nullopt;
    }
    refuse_errors(asked);
    const MetricValues values(work_, work_.job.select, rows, asked, seconds_now() - start);
    sdk::Attempt attempt;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      attempt.answers.push_back(std::move(asked[i].answer));
      attempt.scores.push_back(values.higher_is_better() ? values.of_row(i) : -values.of_row(i));
    }
    return attempt;
  }

 private:
  void open(data::Split answers) {
    if (opened_ && answers_ == answers) return;
    opened_.reset();  // a model that knows only some answers makes room for another
    opened_ = std::make_unique<Opened>(work_, budget_, answers);
    answers_ = answers;
  }

  [[nodiscard]] bool is_training(const sdk::Example& row) const {
    return !train_.empty() && &row >= &train_.front() && &row <= &train_.back();
  }

  StageWork& work_;
  fs::path directory_;
  const std::vector<sdk::Example>& train_;
  StageBudget budget_;
  std::unique_ptr<Opened> opened_;
  data::Split answers_ = data::Split::train;
};

}  // namespace

const std::vector<sdk::Example>& validation_of(StageWork& work) {
  static const std::vector<sdk::Example> none;
  const data::DatasetSource& source = work.job.dataset.value();
  if (source.validation.empty() && source.validation_fraction == 0) return none;
  return work.bench.examples(source, data::Split::validation);
}

void adapt_prompt_side(StageWork& work) {
  const plan::PartJob& part = work.job.part.value();
  const data::DatasetSource& source = work.job.dataset.value();
  static const std::vector<sdk::Example> none;
  const bool no_rows = source.train.empty() || part.reads_no_rows;
  const auto& train = no_rows ? none : work.bench.examples(source, data::Split::train);
  const auto& validation = part.reads_no_rows ? none : validation_of(work);
  const fs::path files = work.out.folder() / "files";
  fs::create_directory(files);
  PromptSideContext context(work, files, train);
  const auto strategy = work.bench.strategy(part);
  const std::optional<Json> state =
      in_plugin(work.bench.journal(), part.name, [&] { return strategy->adapt(train, validation, context); });
  if (state) work.write("state.json", *state);
  if (fs::is_empty(files)) fs::remove(files);
}

}  // namespace assay::run
