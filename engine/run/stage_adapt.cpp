#include <assay/sdk/error.h>
#include <fmt/core.h>

#include <fstream>
#include <iterator>
#include <limits>

#include "run/asking.h"
#include "run/conversation_examples.h"
#include "run/prompt_side.h"
#include "run/remote_fine_tuning.h"
#include "run/selection.h"
#include "run/stage.h"
#include "run/training_outcome.h"
#include "train/backend.h"

namespace assay::run {
namespace {

namespace fs = std::filesystem;

/// Ids are those of inference: the prompt as the model sees it, then the answer's continuation encoded by itself.
std::vector<train::TrainingExample> tokenized(const std::vector<sdk::Example>& examples,
                                              const models::LocalModel& model, Asking& asking) {
  std::vector<train::TrainingExample> result;
  const std::vector<Asking::Lesson> lessons = asking.lessons(examples);
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const sdk::Example& example = examples[i];
    const std::vector<std::int32_t> answer = model.tokenizer().encode(lessons[i].answer, false);
    train::TrainingExample one;
    one.tokens = model.tokens(lessons[i].prompt);
    one.loss_weights.assign(one.tokens.size(), 0.0F);
    one.tokens.insert(one.tokens.end(), answer.begin(), answer.end());
    one.loss_weights.resize(one.tokens.size(), 1.0F);
    if (const auto window = model.info().context_length;
        window > 0 && static_cast<std::int64_t>(one.tokens.size()) > window) {
      throw BadInput(
          fmt::format("training example {} has {} tokens but the window of model '{}' has {}; shorten the prompt "
                      "or leave the example out",
                      example.input.id, one.tokens.size(), model.info().name, window));
    }
    result.push_back(std::move(one));
  }
  return result;
}

/// A text that the model is thought to know, document by document (blank lines part them), in pieces of its window.
std::vector<train::TrainingExample> known_text(const std::string& file, const models::LocalModel& model) {
  std::ifstream in(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  if (!in) throw BadInput(fmt::format("forgetting.text: {} cannot be read", file));
  const std::int64_t window = model.info().context_length;
  const auto longest = window > 0 ? static_cast<std::size_t>(window) : std::numeric_limits<std::size_t>::max();
  std::vector<train::TrainingExample> result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find("\n\n", at), text.size());
    const std::vector<std::int32_t> tokens = model.tokenizer().encode(text.substr(at, end - at), true);
    for (std::size_t first = 0; first + 1 < tokens.size(); first += longest) {
      const std::size_t count = std::min(longest, tokens.size() - first);
      if (count < 2) break;
      train::TrainingExample piece;
      piece.tokens.assign(tokens.begin() + static_cast<std::ptrdiff_t>(first),
                          tokens.begin() + static_cast<std::ptrdiff_t>(first + count));
      piece.loss_weights.assign(count, 1.0F);
      result.push_back(std::move(piece));
    }
    at = text.find_first_not_of('\n', end);
    if (at == std::string::npos) break;
  }
  if (result.empty()) throw BadInput(fmt::format("forgetting.text: {} holds no text", file));
  return result;
}

train::TrainingSettings settings_of(const StageWork& work, const train::Backend& backend, const plan::PartJob& part) {
  train::TrainingSettings settings = backend.settings(part.params);
  settings.seed = work.job.seed;
  settings.threads = work.job.threads;
  settings.choices = work.job.dataset->choices;
  settings.adapter = work.job.model->options.value("adapter", "");
  if (!work.checkpoints.empty())
    settings.checkpoint = {.file = work.checkpoints / "checkpoint.safetensors", .identity = work.job.key};
  return settings;
}

/// Progress for the host, and for the log what a person would look for there.
void tell(StageWork& work, const Json& at) {
  if (at.contains("steps")) work.progress(at.at("step").get<std::int64_t>(), at.at("steps").get<std::int64_t>());
  if (at.contains("warning")) {
    work.log("warning: " + at.at("warning").get<std::string>());
    work.out.timing["warnings"].push_back(at.at("warning"));
  }
  if (at.contains("resumed"))
    work.log(fmt::format("goes on after step {}, from a checkpoint", at.at("resumed").get<std::int64_t>()));
  if (!at.contains("validation_loss")) return;
  work.log(fmt::format(
      "step {}: validation loss {:.6f}{}", at.at("step").get<std::int64_t>(), at.at("validation_loss").get<double>(),
      at.contains("validation_score") ? fmt::format(", score {:.6f}", at.at("validation_score").get<double>()) : ""));
}

/// The dataset's training rows, or the conversations that the strategy names in their place.
std::vector<train::TrainingExample> training_examples(StageWork& work, const sdk::Strategy& strategy,
                                                      const models::LocalModel& model, Asking& asking) {
  const auto named = strategy.conversations();
  if (!named) return tokenized(work.bench.examples(work.job.dataset.value(), data::Split::train), model, asking);
  ConversationExamples read = conversation_examples(*named, model, work.job.seed);
  work.kpi("conversations", static_cast<double>(read.conversations), "");
  if (read.dropped > 0) work.kpi("conversations_dropped", static_cast<double>(read.dropped), "");
  if (read.truncated > 0) work.kpi("conversations_truncated", static_cast<double>(read.truncated), "");
  return std::move(read.examples);
}

void fine_tune(StageWork& work, const plan::PartJob& part) {
  const data::DatasetSource& source = work.job.dataset.value();
  work.bench.model(work.job.model.value(), work.job.threads, {}, source, data::Split::train);
  models::LocalModel* model = work.bench.local_model();
  if (model == nullptr) throw UnsupportedModel(fmt::format("model '{}' cannot be fine-tuned", work.job.model->name));
  Asking asking(work, *model);  // the job's parts compose: none, but with train_with_prompt
  const auto strategy = work.bench.strategy(part);
  const auto train = training_examples(work, *strategy, *model, asking);
  const auto& validation_rows = validation_of(work);
  const auto validation = tokenized(validation_rows, *model, asking);
  std::vector<train::TrainingExample> known;
  if (!work.job.known_text.empty()) known = known_text(work.job.known_text, *model);

  train::Backend& backend = work.bench.backend();
  const train::TrainingSettings settings = settings_of(work, backend, part);
  MemoryWatch memory;
  train::TrainingCallbacks callbacks;
  callbacks.encode = [model](const std::string& text) { return model->tokenizer().encode(text, false); };
  callbacks.progress = [&](const Json& at) {
    memory.look();
    tell(work, at);
  };
  callbacks.stop_requested = stop_requested;
  if (work.job.metric) {
    static const std::vector<sdk::Example> none;
    callbacks.scores_training = !strategy->conversations();
    const auto& train_rows = callbacks.scores_training ? work.bench.examples(source, data::Split::train) : none;
    callbacks.score = Selection(work, settings.select, train_rows, validation_rows);
  }
  const fs::path adapter = work.out.folder() / "adapter";
  fs::create_directory(adapter);
  const train::TrainingReport report = in_plugin(work.bench.journal(), part.name, [&] {
    try {
      return backend.fine_tune(work.job.model->path, *strategy, train, validation, settings, adapter, callbacks, known);
    } catch (const train::Diverged& diverged) {
      log_curve(work, diverged);
      std::error_code ignored;  // it would go wrong again from there
      fs::remove_all(work.checkpoints, ignored);
      throw;
    }
  });
  write_outcome(work, report, adapter, memory.peak_bytes());
}

}  // namespace

void do_adapt(StageWork& work) {
  const plan::PartJob part = work.job.part.value();
  const double start = seconds_now();
  if (part.trains && work.job.model->source == "openai") {
    fine_tune_remotely(work, part);
  } else if (part.trains) {
    fine_tune(work, part);
  } else {
    adapt_prompt_side(work);
  }
  work.kpi("adapt_seconds", seconds_now() - start, "s");
}

}  // namespace assay::run
