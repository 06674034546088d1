#pragma once
#include <assay/sdk/error.h>
#include <assay/sdk/json.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "train/pretrain.h"

/// What a worker asks of libassay_torch, which it opens when a stage trains. Free of torch: a host links nothing of it.
namespace assay::sdk {
class Strategy;
}

namespace assay::train {

/// One example as tokens; loss_weights[i] is the weight of predicting tokens[i] from those before it, 0 for context.
/// The first token cannot be predicted; its weight is not read.
struct TrainingExample {
  std::vector<std::int32_t> tokens;
  std::vector<float> loss_weights;
};

/// Where a run keeps what it needs to go on after a kill. Nothing about it touches what comes out.
struct CheckpointPlace {
  std::filesystem::path file;  ///< empty: nowhere
  std::string identity;        ///< of the run; a file of another one is passed over
  double seconds = 30;         ///< of work between checkpoints, where no number of updates is set
};

/// How a fine-tuning run goes; the parameters of the same names that every fine-tuning strategy shares.
struct TrainingSettings {
  double learning_rate = 1e-3;
  int epochs = 4;
  std::int64_t max_steps = 0;       ///< 0: as many as the epochs have
  std::int64_t max_tokens = 0;      ///< ends before the update that would pass it; 0: as many as the epochs have
  double max_time = 0;              ///< seconds; 0: none. What comes out then depends on the machine
  int batch_size = 16;              ///< examples a batch
  std::int64_t batch_tokens = 0;    ///< a batch takes examples up to so many tokens instead; 0: batch_size counts
  int gradient_accumulation = 1;    ///< batches an update
  double warmup_ratio = 0.06;       ///< share of the steps
  std::string schedule = "linear";  ///< constant, linear, cosine
  double final_share = 0.0;         ///< of the learning rate, at the last step
  std::string optimizer = "adamw";  ///< adamw, sgd
  double momentum = 0.9;            ///< SGD's
  double weight_decay = 0.0;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double clip_norm = 1.0;                 ///< 0: never
  std::string dtype = "f32";              ///< f32, bf16 (f32 master values), f64
  std::int64_t validate_every = 0;        ///< steps; 0: after each epoch
  std::string select = "loss";            ///< what tells the best weights: the validation loss, or a metric's name
  int patience = 0;                       ///< validations without a better one before stopping early; 0: never
  bool keep_best = true;                  ///< keep the best weights, not the last ones
  bool activation_checkpointing = false;  ///< layers are computed again on the way back instead of being held
  std::int64_t checkpoint_every = 0;      ///< steps; 0: by time
  std::uint64_t seed = 0;
  int threads = 1;
  std::filesystem::path adapter;     ///< a folder that is merged into the model before it trains; empty: none
  std::vector<std::string> choices;  ///< the dataset's, for strategies that begin from the labels
  CheckpointPlace checkpoint;

  /// Reads the parameters above out of a strategy's; others are the strategy's own and passed over. `seed`, `threads`,
  /// `adapter`, `choices` and `checkpoint` are not parameters. @throws BadInput for wrong types and impossible values.
  static TrainingSettings from_params(const Json& params);
};

inline constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();

struct ValidationPoint {
  std::int64_t step = 0;
  double loss = 0;
  double score = kNotMeasured;  ///< the metric that selects, where one does
};

/// A metric's value over some rows.
struct Score {
  double value = kNotMeasured;
  bool higher_is_better = true;
};

struct TrainingWarning {
  std::string kind;  ///< one_example, no_validation, overfitting, forgetting
  std::string text;  ///< for people, a sentence without its full stop
};

struct TrainingReport {
  std::vector<double> losses;               ///< a step: weighted mean over the step's tokens
  std::vector<ValidationPoint> validation;  ///< empty without validation examples
  std::int64_t best_step = 0;               ///< whose weights were saved
  double validation_loss = 0;               ///< at best_step; 0 without validation examples
  double validation_score = kNotMeasured;   ///< at best_step, where a metric selects
  std::string ended = "steps";              ///< why training ended: steps, patience, time
  std::int64_t trained_parameters = 0;
  std::int64_t total_parameters = 0;
  std::int64_t tokens = 0;  ///< that passed through training steps
  double seconds = 0;       ///< all of it, validation and earlier attempts included
  double step_seconds = 0;  ///< of the training steps alone

  /// The same evaluation (no dropout) over equally many rows of both splits, with the saved weights.
  std::size_t compared_rows = 0;
  double first_training_loss = kNotMeasured;  ///< before the first step, over those training rows
  double training_loss = kNotMeasured;
  double compared_validation_loss = kNotMeasured;
  double training_score = kNotMeasured;  ///< where a metric selects
  double compared_validation_score = kNotMeasured;
  double known_loss_before = kNotMeasured;  ///< of the text that the model knew, before anything was added to it
  double known_loss = kNotMeasured;         ///< with the saved weights
  std::vector<TrainingWarning> warnings;

  [[nodiscard]] double tokens_per_second() const {
    return step_seconds > 0 ? static_cast<double>(tokens) / step_seconds : 0;
  }
};

/// Training went wrong; `what()` says at which step, why, and how the loss went.
class Diverged : public Error {
 public:
  Diverged(const std::string& reason, std::vector<double> the_losses, std::vector<ValidationPoint> the_validation)
      : Error(reason), losses(std::move(the_losses)), validation(std::move(the_validation)) {}
  std::vector<double> losses;  ///< a step, the last one included
  std::vector<ValidationPoint> validation;
};

struct TrainingCallbacks {
  /// {"step", "steps", "loss"}, {"step", "validation_loss"} or {"warning"} (of what touches no result).
  std::function<void(const Json&)> progress;
  /// Asked between steps; training then writes a last checkpoint and throws Stopped.
  std::function<bool()> stop_requested;
  /// Tokens of a text, without special ones, for strategies that begin from words; may be empty where none does.
  std::function<std::vector<std::int32_t>(const std::string&)> encode = {};
  /// The metric of `TrainingSettings::select` over those rows of a split, asked through the inference path with what
  /// the strategy saved in `adapter`. Needed where `select` is not "loss".
  std::function<Score(const std::filesystem::path& adapter, bool training, std::span<const std::size_t> rows)> score =
      {};
  bool scores_training = true;  ///< false where the training rows are no questions with an answer
};

/// One a process; not thread-safe.
class Backend {
 public:
  virtual ~Backend() = default;

  [[nodiscard]] virtual const char* torch_version() const = 0;

  /// TrainingSettings::from_params, for callers that do not link this library.
  [[nodiscard]] virtual TrainingSettings settings(const Json& params) const = 0;

  /// PretrainSettings::parse, likewise.
  [[nodiscard]] virtual PretrainSettings pretrain_settings(const Json& training) const = 0;

  /// Fine-tunes the model in `model_folder` as `strategy` (which must also be an sdk::FineTuning) says and leaves what
  /// it saves in `out_folder`. The same arguments give the same bytes on the same kind of CPU, stopped and resumed or not.
  /// `known` is text that the model knew: the report says what its loss was and became.
  /// @throws BadInput for examples that are empty or do not fit the window; Stopped when asked to stop; Diverged.
  virtual TrainingReport fine_tune(const std::filesystem::path& model_folder, const sdk::Strategy& strategy,
                                   std::span<const TrainingExample> train, std::span<const TrainingExample> validation,
                                   const TrainingSettings& settings, const std::filesystem::path& out_folder,
                                   const TrainingCallbacks& callbacks, std::span<const TrainingExample> known = {}) = 0;

  /// Trains from random weights, or from out/checkpoint.safetensors where an interrupted run left it, and leaves
  /// config.json, generation_config.json and model.safetensors (bf16) in `out`; the tokenizer's files are the caller's.
  /// The same settings and source give the same weights, interrupted or not.
  /// @throws BadInput for settings that do not fit; Error when the loss diverges.
  virtual PretrainReport pretrain(const models::ModelConfig& config, DocumentSource& source, std::int32_t eos,
                                  const PretrainSettings& settings, const std::filesystem::path& out,
                                  const PretrainCallbacks& callbacks) = 0;
};

/// Name and type of the function that libassay_torch exports; the object lives as long as the library is loaded.
inline constexpr const char* kBackendSymbol = "assay_torch_backend";
using BackendFunction = Backend*();

}  // namespace assay::train
