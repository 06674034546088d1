#pragma once
#include <ATen/core/Tensor.h>
#include <assay/torch/fine_tuning.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/adapter_weights.h"
#include "models/model_config.h"
#include "models/model_weights.h"
#include "train/fused.h"
#include "train/parameters.h"
#include "train/recomputed.h"
#include "train/sites.h"

namespace assay::train {

/// Sequences laid end to end without padding; row i predicts targets[i] with weights[i].
struct Batch {
  std::vector<std::int32_t> tokens;
  std::vector<std::int32_t> targets;
  std::vector<float> weights;
  std::vector<std::int64_t> starts = {0};  ///< sequence s is rows starts[s] … starts[s+1]
};

[[nodiscard]] at::Tensor activation(models::Activation kind, const at::Tensor& x);

/// The training executor: the architecture that ModelConfig describes, on libtorch's autograd.
class Network {
 public:
  /// @throws BadInput for a dtype other than f32, f64, bf16.
  Network(const models::ModelConfig& config, at::ScalarType computing);

  /// Which of the model's own weights train, by the names of ModelConfig::weights(); none until told.
  void train_base(const std::vector<std::string>& names);
  void allocate() { base_.allocate(); }
  /// `adapter` (null for none) is merged into the weights. @throws BadInput where it cannot be.
  void load(const models::ModelWeights& weights, const models::AdapterWeights* adapter = nullptr);
  FlatParameters& base() { return base_; }
  const FlatParameters& base() const { return base_; }
  const models::ModelConfig& config() const { return config_; }

  /// In the order of use.
  [[nodiscard]] std::vector<sdk::LinearModule> linear_modules() const;
  /// The matrix of one of them, [out, in], in the accumulating type.
  [[nodiscard]] at::Tensor weight(const std::string& module) const;
  /// Rows of the input embedding, likewise.
  [[nodiscard]] at::Tensor embeddings(std::span<const std::int32_t> tokens) const;
  /// sdk::TrainableModel::keys_and_values.
  [[nodiscard]] at::Tensor keys_and_values(std::span<const std::int32_t> tokens) const;

  /// What a strategy adds enters here. @throws BadInput where the model has no such place, or it is taken.
  void attach(LowRankSite site);
  void attach(ScalingSite site);
  void attach(PrefixSite site);
  void attach_prompt(at::Tensor embeddings);
  void attach(std::int64_t layer, bool after_attention, ResidualSite site);
  /// Positions that the sites put before every sequence.
  [[nodiscard]] std::int64_t virtual_tokens() const;

  /// Key of this step's dropout; 0 turns dropout off.
  void set_dropout_key(std::uint64_t key) { dropout_key_ = key; }

  /// Holds the inputs of layers alone between the two passes, and computes each layer again on the way back.
  void set_recompute(bool recompute) { recompute_ = recompute; }

  /// Final normed states [rows, hidden], in T.
  [[nodiscard]] at::Tensor hidden(const Batch& batch) const { return run(batch, {}); }
  [[nodiscard]] at::Tensor logits(const Batch& batch) const;
  /// Σ weight · cross-entropy / normaliser. Rows of weight 0 are context only.
  [[nodiscard]] at::Tensor loss(const Batch& batch, double normaliser) const;

 private:
  struct Projection {
    std::size_t weight = 0;
    std::size_t bias = 0;
    bool has_bias = false;
    bool transposed = false;           ///< the weight is [in, out]
    std::vector<std::string> modules;  ///< stacked in this order
    std::vector<std::int64_t> rows;    ///< of each module
    std::map<std::string, LowRankSite> deltas;
    std::map<std::string, ScalingSite> scalings;
  };
  struct Norm {
    std::size_t weight = 0;
    std::size_t bias = 0;  ///< NormKind::layer
  };
  struct Layer {
    Norm attention, mlp, query, key;
    Projection qkv, output, gate_up, down;
    std::optional<ResidualSite> after_attention, after_mlp;
  };
  using Specs = std::map<std::string, models::WeightSpec>;

  std::size_t single(const Specs& specs, const std::string& name);
  Norm make_norm(const Specs& specs, const std::string& module);
  Projection make_projection(const Specs& specs, const std::string& prefix, const std::vector<std::string>& modules);
  /// {x + delta, its norm}; `delta` may be undefined.
  [[nodiscard]] std::pair<at::Tensor, at::Tensor> add_norm(const at::Tensor& x, const at::Tensor& delta,
                                                           const Norm& norm) const;
  [[nodiscard]] at::Tensor embedded(const Batch& batch) const;
  /// Rows [queries | keys | values], whichever way the file has them, with the norm of single heads where there is one.
  [[nodiscard]] at::Tensor arranged(const at::Tensor& qkv, const Layer& layer) const;
  [[nodiscard]] at::Tensor activated(const at::Tensor& up) const;
  [[nodiscard]] at::Tensor project(const at::Tensor& x, const Projection& projection, std::uint64_t purpose) const;
  /// y, what the projection makes of x, with its low-rank deltas.
  [[nodiscard]] at::Tensor with_deltas(const at::Tensor& x, const at::Tensor& y, const Projection& projection,
                                       std::uint64_t purpose) const;
  /// What one of its modules makes of x, without bias; `weight` is [in, out].
  [[nodiscard]] at::Tensor one_module(const at::Tensor& x, const at::Tensor& weight, const Projection& projection,
                                      const std::string& module, std::uint64_t purpose) const;
  [[nodiscard]] at::Tensor residual(const at::Tensor& h, const std::optional<ResidualSite>& site) const;
  /// Finds the projection of a module.
  Projection& projection_of(const std::string& module);
  [[nodiscard]] std::int64_t prefix_tokens() const;
  /// What the prefix holds for all layers: [tokens, layers · 2 · kv_heads · head_dim], in T.
  [[nodiscard]] at::Tensor prefix_values() const;
  /// Rows [zeros | keys | values] of one layer that attention turns into the prefix by its own rotation.
  [[nodiscard]] at::Tensor prefix_rows(const at::Tensor& values, std::int64_t layer) const;
  /// Turns keys [positions, kv_heads, head_dim] by their positions from 0 on, back with `direction` -1.
  [[nodiscard]] at::Tensor rotated(const at::Tensor& keys, double direction) const;
  using Seen = std::function<void(std::int64_t layer, const at::Tensor& qkv)>;
  /// `hidden`, which tells `seen` (may be empty) of every layer's [queries | keys | values] before they turn.
  [[nodiscard]] at::Tensor run(const Batch& batch, const Seen& seen) const;
  /// One layer over {stream, delta, the prefix's values}: {stream, delta}. `own` are the starts of sequences without prefix.
  [[nodiscard]] Tensors pass(std::int64_t layer, const Tensors& in, const SequenceLayout& layout,
                             std::span<const std::int64_t> own, std::int64_t prefix, const Seen& seen) const;
  [[nodiscard]] const at::Tensor& output_table() const { return base_.leaf(head_); }

  models::ModelConfig config_;
  FlatParameters base_;
  std::size_t embedding_ = 0;
  std::size_t positions_ = 0;  ///< learned ones
  Norm final_norm_;
  std::size_t head_ = 0;
  std::size_t head_bias_ = 0;
  std::vector<Layer> layers_;
  std::optional<PrefixSite> prefix_;
  at::Tensor prompt_;  ///< embeddings before every text; undefined: none
  at::Tensor cos_;
  at::Tensor sin_;
  std::uint64_t dropout_key_ = 0;
  bool recompute_ = false;
};

}  // namespace assay::train
