#pragma once
#include <assay/sdk/json.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
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

/// How a fine-tuning run goes; the parameters of the same names that every fine-tuning strategy shares.
struct TrainingSettings {
  double learning_rate = 1e-3;
  int epochs = 4;
  std::int64_t max_steps = 0;        ///< 0: as many as the epochs have
  int batch_size = 16;               ///< examples a backward pass is averaged over
  int gradient_accumulation = 1;     ///< batches an update
  double warmup_ratio = 0.06;        ///< share of the steps
  std::string schedule = "linear";   ///< constant, linear, cosine
  double final_share = 0.0;          ///< of the learning rate, at the last step
  double weight_decay = 0.0;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double clip_norm = 1.0;            ///< 0: never
  std::string dtype = "f32";         ///< f32, bf16 (f32 master values), f64
  std::int64_t validate_every = 0;   ///< steps; 0: after each epoch
  int patience = 0;                  ///< validations without a better loss before stopping early; 0: never
  bool keep_best = true;             ///< keep the weights of the lowest validation loss, not the last ones
  std::uint64_t seed = 0;
  int threads = 1;
  std::filesystem::path adapter;     ///< a folder that is merged into the model before it trains; empty: none
  std::vector<std::string> choices;  ///< the dataset's, for strategies that begin from the labels

  /// Reads the parameters above out of a strategy's; others are the strategy's own and passed over. `seed`, `threads`, `adapter`
  /// and `choices` are not parameters. @throws BadInput for wrong types and impossible values.
  static TrainingSettings from_params(const Json& params);
};

struct ValidationPoint {
  std::int64_t step = 0;
  double loss = 0;
};

struct TrainingReport {
  std::vector<double> losses;               ///< a step: weighted mean over the step's tokens
  std::vector<ValidationPoint> validation;  ///< empty without validation examples
  std::int64_t best_step = 0;               ///< whose weights were saved
  double validation_loss = 0;               ///< at best_step; 0 without validation examples
  std::int64_t trained_parameters = 0;
  std::int64_t total_parameters = 0;
  std::int64_t tokens = 0;                  ///< that passed through training steps
  double seconds = 0;
  [[nodiscard]] double tokens_per_second() const { return seconds > 0 ? static_cast<double>(tokens) / seconds : 0; }
};

struct TrainingCallbacks {
  std::function<void(const Json&)> progress;  ///< {"step", "steps", "loss"} or {"step", "validation_loss"}
  std::function<bool()> stop_requested;       ///< asked between steps; training then throws Stopped
  /// Tokens of a text, without special ones, for strategies that begin from words; may be empty where none does.
  std::function<std::vector<std::int32_t>(const std::string&)> encode = {};
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
  /// it saves in `out_folder`. The same arguments give the same bytes on the same kind of CPU.
  /// @throws BadInput for examples that are empty or do not fit the window; Stopped when asked to stop; Error when the
  ///         loss diverges.
  virtual TrainingReport fine_tune(const std::filesystem::path& model_folder, const sdk::Strategy& strategy,
                                   std::span<const TrainingExample> train, std::span<const TrainingExample> validation,
                                   const TrainingSettings& settings, const std::filesystem::path& out_folder,
                                   const TrainingCallbacks& callbacks) = 0;

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
