#pragma once
#include <assay/sdk/json.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "models/model_config.h"

/// Training a model from random weights; free of torch, so that a host can hand over what it made.
namespace assay::train {

/// What weight 1 in the loss means is up to the source: `assay pretrain` gives it to the answers of an episode.
struct WeightedTokens {
  std::vector<std::int32_t> tokens;
  std::vector<float> weights;
};

/// An endless supply of documents. `document` is a pure function of `index`, called from one thread at a time.
class DocumentSource {
 public:
  virtual ~DocumentSource() = default;
  virtual WeightedTokens document(std::uint64_t index) = 0;
};

struct PretrainSettings {
  std::int64_t tokens = 0;     ///< the run's length, and of its cosine
  std::int64_t sequences = 8;  ///< a step
  std::int64_t context = 512;  ///< tokens a sequence
  double learning_rate = 1.5e-3;
  std::int64_t warmup_steps = 200;
  double final_share = 0.05;  ///< of the learning rate, at the end of the cosine
  double beta1 = 0.9;
  double beta2 = 0.98;
  double epsilon = 1e-9;
  double weight_decay = 0.05;  ///< on matrices
  double clip_norm = 1.0;
  std::string dtype = "bf16";
  std::uint64_t seed = 1;
  int threads = 1;
  std::int64_t log_every = 50;  ///< steps
  std::int64_t checkpoint_every = 500;
  std::int64_t evaluate_every = 1000;
  std::int64_t evaluate_sequences = 32;

  /// Reads the `training` mapping of a specification. @throws BadInput for unknown keys or impossible values.
  static PretrainSettings parse(const Json& training);
};

struct PretrainReport {
  std::int64_t steps = 0;
  std::int64_t tokens = 0;
  double seconds = 0;      ///< of this process; a resumed run does not count what came before
  double loss = 0;         ///< on held-out sequences, weighted
  double answer_loss = 0;  ///< on held-out tokens of weight 1
  bool stopped = false;
};

struct PretrainCallbacks {
  std::function<void(const Json&)> progress;  ///< one object an interval, for a log
  std::function<bool()> stop_requested;       ///< asked between steps; a checkpoint is written before returning
};

}  // namespace assay::train
