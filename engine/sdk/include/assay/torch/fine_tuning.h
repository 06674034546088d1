#pragma once
#include <ATen/core/Tensor.h>
#include <torch/version.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "assay/sdk/json.h"

/// A library that trains works with the libtorch that it was built for, and no other.
#define ASSAY_PLUGIN_TORCH_VERSION TORCH_VERSION

namespace assay::sdk {

/// One linear module of a model: y = x · Wᵀ, W [out, in].
struct LinearModule {
  std::string name;  ///< as PEFT names targets: "model.layers.0.self_attn.q_proj"
  std::int64_t in = 0;
  std::int64_t out = 0;
};

/// The sizes that adapters are made to.
struct ModelShape {
  std::int64_t layers = 0;
  std::int64_t hidden_size = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t vocab_size = 0;
  std::int64_t context_length = 0;
};

/// What a fine-tuning strategy may know of the model that it enters.
class __attribute__((visibility("default"))) TrainableModel {
 public:
  virtual ~TrainableModel() = default;
  /// config.json as Hugging Face writes it.
  [[nodiscard]] virtual const Json& config() const = 0;
  [[nodiscard]] virtual ModelShape shape() const = 0;
  /// What names of a layer's tensors begin with: "model.layers.3."
  [[nodiscard]] virtual std::string layer_name(std::int64_t layer) const = 0;
  /// In the order of use.
  [[nodiscard]] virtual std::vector<LinearModule> linear_modules() const = 0;
  /// The matrix of one of them, [out, in], whichever way the file has it.
  [[nodiscard]] virtual at::Tensor weight(const std::string& module) const = 0;
  /// Names of the model's tensors, as in model.safetensors.
  [[nodiscard]] virtual std::vector<std::string> parameters() const = 0;
  /// A copy of one of them, in the type that training keeps its master values in (float, or double).
  [[nodiscard]] virtual at::Tensor parameter(const std::string& name) const = 0;

  /// The tokens of a text, without special ones.
  [[nodiscard]] virtual std::vector<std::int32_t> encode(const std::string& text) const = 0;
  /// The dataset's `choices`, the labels of its classes; none where answers are free.
  [[nodiscard]] virtual const std::vector<std::string>& choices() const = 0;
  /// Rows of the input embedding: [tokens, hidden_size].
  [[nodiscard]] virtual at::Tensor embeddings(std::span<const std::int32_t> tokens) const = 0;
  /// Keys and values that the model itself makes of a text that begins with these tokens, as PrefixKeysAndValues has
  /// them: [tokens, layers · 2 · kv_heads · head_dim].
  [[nodiscard]] virtual at::Tensor keys_and_values(std::span<const std::int32_t> tokens) const = 0;
};

/// A tensor that the strategy adds and trains.
struct TrainedTensor {
  std::string name;
  at::Tensor initial;
  bool decays = true;  ///< weight decay applies
};

/// A weight delta, dense: one of the model's own tensors trains.
struct WholeWeight {
  std::string parameter;
};

/// A weight delta of low rank: W + scale · B · A, with x read through dropout on the way into A.
struct LowRankDelta {
  std::string module;
  std::string a;  ///< name of a TrainedTensor [rank, in]
  std::string b;  ///< name of a TrainedTensor [out, rank]
  double scale = 1.0;
  double dropout = 0.0;
  /// DoRA (arXiv 2402.09353): name of a TrainedTensor [out]; rows of the sum are brought to these lengths. The present
  /// length counts as a constant in the gradient (section 4.3). Empty: plain LoRA.
  std::string magnitude;
};

/// A scaling vector: what a module writes, its bias included, or what it reads is multiplied element by element.
struct Scaling {
  std::string module;
  std::string factors;  ///< name of a TrainedTensor: [out], or [in] with `input`
  bool input = false;
};

/// Keys and values of every layer that all texts find before their own, as a cache holds them: keys are not rotated.
/// Positions of the text begin after them.
struct PrefixKeysAndValues {
  /// A network of two layers with tanh between, through which the prefix is made (arXiv 2101.00190, section 4.3).
  struct Reparametrization {
    std::string in_weight;   ///< [middle, width]
    std::string in_bias;     ///< [middle]
    std::string out_weight;  ///< [layers · 2 · kv_heads · head_dim, middle]
    std::string out_bias;
  };
  /// Name of a TrainedTensor [tokens, layers · 2 · kv_heads · head_dim], in the order [layer, key or value, head, element];
  /// with a reparametrization [tokens, width].
  std::string values;
  std::optional<Reparametrization> through;
};

/// Embeddings that come before those of each text.
struct PrefixEmbeddings {
  std::string values;  ///< name of a TrainedTensor [tokens, hidden_size]
};

/// A module after a sublayer: what the sublayer adds to the residual stream, h, becomes
/// h + up · activation(down · h + down_bias) + up_bias.
struct ResidualModule {
  std::int64_t layer = 0;
  bool after_attention = false;     ///< else after the MLP
  std::string activation = "relu";  ///< relu, silu, gelu, gelu_tanh
  std::string down;                 ///< names of TrainedTensors: [width, hidden_size]
  std::string down_bias;            ///< [width]
  std::string up;                   ///< [hidden_size, width]
  std::string up_bias;              ///< [hidden_size]
};

/// Where trained tensors enter the model. Each kind is a type of its own that inference knows too.
using Site = std::variant<WholeWeight, LowRankDelta, Scaling, PrefixKeysAndValues, PrefixEmbeddings, ResidualModule>;

struct Adaptation {
  std::vector<TrainedTensor> tensors;
  std::vector<Site> sites;
};

/// What training came to, and the means to write it down.
class __attribute__((visibility("default"))) TrainedState {
 public:
  virtual ~TrainedState() = default;
  [[nodiscard]] virtual const TrainableModel& model() const = 0;
  /// The final value of a TrainedTensor or of one of the model's tensors.
  [[nodiscard]] virtual at::Tensor tensor(const std::string& name) const = 0;
  /// Writes a safetensors file; equal input gives equal bytes.
  virtual void write_tensors(const std::filesystem::path& file,
                             const std::map<std::string, at::Tensor>& tensors) const = 0;
  /// Writes JSON, indented, keys sorted.
  virtual void write_json(const std::filesystem::path& file, const Json& json) const = 0;
  /// Writes the whole model, as trained, as a Hugging Face folder with its tokenizer.
  virtual void write_model(const std::filesystem::path& folder) const = 0;
};

/// The part of a strategy that fine-tunes. A plugin's class derives from Strategy and from this, and declares `trains`
/// in its manifest. The engine owns the loop: batches, schedule, clipping, validation, the best checkpoint.
///
/// Their schema is ASSAY_TRAINING_PARAMETERS of assay/torch/training_parameters.h, beside `learning_rate`.
class __attribute__((visibility("default"))) FineTuning {
 public:
  virtual ~FineTuning() = default;

  /// What trains and where it enters. The same (model, seed) gives the same tensors.
  /// @throws BadInput when the parameters name something that the model does not have.
  [[nodiscard]] virtual Adaptation adapt(const TrainableModel& model, std::uint64_t seed) const = 0;

  /// Writes what inference will read: a PEFT folder (adapter_config.json, adapter_model.safetensors) or a whole model.
  virtual void save(const TrainedState& trained, const std::filesystem::path& folder) const = 0;
};

}  // namespace assay::sdk
