#pragma once
#include <ATen/core/Tensor.h>
#include <assay/torch/fine_tuning.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "models/model_config.h"
#include "models/model_weights.h"
#include "train/fused.h"
#include "train/parameters.h"

namespace assay::train {

/// Sequences laid end to end without padding; row i predicts targets[i] with weights[i].
struct Batch {
  std::vector<std::int32_t> tokens;
  std::vector<std::int32_t> targets;
  std::vector<float> weights;
  std::vector<std::int64_t> starts = {0};  ///< sequence s is rows starts[s] … starts[s+1]
};

/// A low-rank addition to one linear module: scale · B · A, read through dropout.
struct LowRankSite {
  std::string module;  ///< "model.layers.0.self_attn.q_proj"
  at::Tensor a;        ///< leaf [rank, in]
  at::Tensor b;        ///< leaf [out, rank]
  double scale = 1;
  double dropout = 0;
};

/// The training executor: the architecture that ModelConfig describes, on libtorch's autograd.
class Network {
 public:
  /// @throws BadInput for a dtype other than f32, f64, bf16.
  Network(const models::ModelConfig& config, at::ScalarType computing);

  /// Which of the model's own weights train, by the names of ModelConfig::weights(); none until told.
  void train_base(const std::vector<std::string>& names);
  void allocate() { base_.allocate(); }
  void load(const models::ModelWeights& weights);
  FlatParameters& base() { return base_; }
  const FlatParameters& base() const { return base_; }
  const models::ModelConfig& config() const { return config_; }

  /// In the order of use.
  [[nodiscard]] std::vector<sdk::LinearModule> linear_modules() const;
  void attach(LowRankSite site);

  /// Key of this step's dropout; 0 turns dropout off.
  void set_dropout_key(std::uint64_t key) { dropout_key_ = key; }

  /// Final normed states [rows, hidden], in T.
  [[nodiscard]] at::Tensor hidden(const Batch& batch) const;
  [[nodiscard]] at::Tensor logits(const Batch& batch) const;
  /// Σ weight · cross-entropy / normaliser. Rows of weight 0 are context only.
  [[nodiscard]] at::Tensor loss(const Batch& batch, double normaliser) const;

 private:
  struct Projection {
    std::size_t weight = 0;
    std::size_t bias = 0;
    bool has_bias = false;
    bool transposed = false;               ///< the weight is [in, out]
    std::vector<std::string> modules;      ///< stacked in this order
    std::vector<std::int64_t> rows;        ///< of each module
    std::map<std::string, LowRankSite> sites;
  };
  struct Norm {
    std::size_t weight = 0;
    std::size_t bias = 0;  ///< NormKind::layer
  };
  struct Layer {
    Norm attention, mlp, query, key;
    Projection qkv, output, gate_up, down;
  };
  using Specs = std::map<std::string, models::WeightSpec>;

  std::size_t single(const Specs& specs, const std::string& name);
  Norm make_norm(const Specs& specs, const std::string& module);
  Projection make_projection(const Specs& specs, const std::string& prefix, const std::vector<std::string>& modules);
  /// {x + delta, its norm}; `delta` may be undefined.
  [[nodiscard]] std::pair<at::Tensor, at::Tensor> add_norm(const at::Tensor& x, const at::Tensor& delta, const Norm& norm) const;
  [[nodiscard]] at::Tensor embedded(const Batch& batch) const;
  /// Rows [queries | keys | values], whichever way the file has them, with the norm of single heads where there is one.
  [[nodiscard]] at::Tensor arranged(const at::Tensor& qkv, const Layer& layer) const;
  [[nodiscard]] at::Tensor activated(const at::Tensor& up) const;
  [[nodiscard]] at::Tensor project(const at::Tensor& x, const Projection& projection, std::uint64_t purpose) const;
  [[nodiscard]] const at::Tensor& output_table() const { return base_.leaf(head_); }

  models::ModelConfig config_;
  FlatParameters base_;
  std::size_t embedding_ = 0;
  std::size_t positions_ = 0;  ///< learned ones
  Norm final_norm_;
  std::size_t head_ = 0;
  std::size_t head_bias_ = 0;
  std::vector<Layer> layers_;
  at::Tensor cos_;
  at::Tensor sin_;
  std::uint64_t dropout_key_ = 0;
};

}  // namespace assay::train
