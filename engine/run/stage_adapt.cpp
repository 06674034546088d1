#include <assay/sdk/error.h>
#include <fmt/core.h>

#include <cmath>

#include "run/learning_texts.h"
#include "run/prompting.h"
#include "run/stage.h"
#include "train/backend.h"

namespace assay::run {
namespace {

namespace fs = std::filesystem;

class PromptSideContext final : public sdk::AdaptContext {
 public:
  PromptSideContext(StageWork& work, sdk::LanguageModel* model, fs::path directory)
      : work_(work), model_(model), directory_(std::move(directory)) {}
  [[nodiscard]] sdk::LanguageModel* model() override { return model_; }
  [[nodiscard]] std::uint64_t seed() const override { return work_.job.seed; }
  // A worker that must stop is killed: nothing of an unfinished stage is kept.
  [[nodiscard]] bool stop_requested() const override { return false; }
  [[nodiscard]] fs::path directory() const override { return directory_; }
  void log(const std::string& line) override { work_.log(line); }

 private:
  StageWork& work_;
  sdk::LanguageModel* model_;
  fs::path directory_;
};

const std::vector<sdk::Example>& validation_of(StageWork& work) {
  static const std::vector<sdk::Example> none;
  const data::DatasetSource& source = work.job.dataset.value();
  if (source.validation.empty() && source.validation_fraction == 0) return none;
  return work.bench.examples(source, data::Split::validation);
}

void adapt_prompt_side(StageWork& work, const plan::PartJob& part) {
  const data::DatasetSource& source = work.job.dataset.value();
  static const std::vector<sdk::Example> none;
  const auto& train = source.train.empty() ? none : work.bench.examples(source, data::Split::train);
  const auto& validation = source.train.empty() ? none : validation_of(work);
  sdk::LanguageModel* model = nullptr;
  if (part.asks_in_adapt) {
    model = &work.bench.model(work.job.model.value(), work.job.threads, {}, source, data::Split::train);
  }
  const fs::path files = work.out.folder() / "files";
  fs::create_directory(files);
  PromptSideContext context(work, model, files);
  const auto strategy = work.bench.strategy(part);
  const std::optional<Json> state =
      in_plugin(work.bench.journal(), part.name, [&] { return strategy->adapt(train, validation, context); });
  if (state) work.write("state.json", *state);
  if (fs::is_empty(files)) fs::remove(files);
}

void fine_tune(StageWork& work, const plan::PartJob& part) {
  const data::DatasetSource& source = work.job.dataset.value();
  work.bench.model(work.job.model.value(), work.job.threads, {}, source, data::Split::train);
  const models::LocalModel* model = work.bench.local_model();
  if (model == nullptr) throw UnsupportedModel(fmt::format("model '{}' cannot be fine-tuned", work.job.model->name));
  const Prompter prompter(work.job.prompt.value(), *model);
  auto train = row_texts(work.bench.examples(source, data::Split::train), *model, prompter, work.job.instruction);
  const auto validation = row_texts(validation_of(work), *model, prompter, work.job.instruction);
  if (part.params.contains("conversations") && !part.params.at("conversations").is_null()) {
    train = conversation_mixture(part.params, std::move(train), *model, work.job.seed, [&](const std::string& line) { work.log(line); });
  }

  train::Backend& backend = work.bench.backend();
  const auto strategy = work.bench.strategy(part);
  train::TrainingSettings settings = backend.settings(part.params);
  settings.seed = work.job.seed;
  settings.threads = work.job.threads;
  settings.choices = source.choices;
  settings.adapter = work.job.model->options.value("adapter", "");
  train::TrainingCallbacks callbacks;
  callbacks.encode = [model](const std::string& text) { return model->tokenizer().encode(text, false); };
  callbacks.progress = [&](const Json& at) {
    if (at.contains("steps")) work.progress(at.at("step").get<std::int64_t>(), at.at("steps").get<std::int64_t>());
    if (at.contains("validation_loss")) {
      work.log(fmt::format("step {}: validation loss {:.6f}", at.at("step").get<std::int64_t>(),
                           at.at("validation_loss").get<double>()));
    }
  };
  const fs::path adapter = work.out.folder() / "adapter";
  fs::create_directory(adapter);
  const train::TrainingReport report = in_plugin(work.bench.journal(), part.name, [&] {
    return backend.fine_tune(work.job.model->path, *strategy, train, validation, settings, adapter, callbacks);
  });

  std::uintmax_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(adapter)) bytes += entry.is_regular_file() ? entry.file_size() : 0;
  Json points = Json::array();
  for (const train::ValidationPoint& point : report.validation) points.push_back({{"step", point.step}, {"loss", number(point.loss)}});
  Json losses = Json::array();
  for (const double loss : report.losses) losses.push_back(number(loss));
  work.write("training.json", {{"losses", losses}, {"validation", points}, {"best_step", report.best_step}});
  work.kpi("train_seconds", report.seconds, "s");
  work.kpi("trained_parameters", static_cast<double>(report.trained_parameters), "");
  work.kpi("training_tokens", static_cast<double>(report.tokens), "tokens");
  work.kpi("training_steps", static_cast<double>(report.losses.size()), "");
  work.kpi("adapter_bytes", static_cast<double>(bytes), "bytes");
  if (!report.losses.empty()) work.kpi("training_loss", report.losses.back(), "");
  if (!report.validation.empty()) {
    work.kpi("validation_loss", report.validation_loss, "");
    work.kpi("validation_loss.final", report.validation.back().loss, "");
  }
}

}  // namespace

void do_adapt(StageWork& work) {
  const plan::PartJob part = work.job.part.value();
  const double start = seconds_now();
  if (part.trains) {
    fine_tune(work, part);
  } else {
    adapt_prompt_side(work, part);
  }
  work.kpi("adapt_seconds", seconds_now() - start, "s");
}

}  // namespace assay::run
