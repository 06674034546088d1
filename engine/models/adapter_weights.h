#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "models/model_config.h"

namespace assay::models {

/// W + scale · B · A (LoRA, arXiv 2106.09685, equation 3) for the matrix `module`.weight.
struct LowRankDelta {
  std::string module;  ///< "model.layers.0.self_attn.q_proj"
  std::int64_t rank = 0;
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::vector<float> a;  ///< [rank, in]
  std::vector<float> b;  ///< [out, rank]
  double scale = 1.0;
  /// DoRA (arXiv 2402.09353, equation 5): the sum's rows are brought to these lengths [out]; empty: they stay.
  std::vector<float> magnitude = {};
};

/// What `module` writes, its bias included, or what it reads is multiplied element by element (IA3, arXiv 2205.05638).
struct Scaling {
  std::string module;
  bool input = false;  ///< factors [in] on what it reads, else [out] on what it writes
  std::vector<float> factors;
};

/// Keys and values that every layer finds before the text's own (prefix tuning, arXiv 2101.00190), as its cache holds
/// them: no rotation is applied. Positions of the text begin after them.
struct PrefixKeysAndValues {
  std::int64_t tokens = 0;
  std::vector<float> values;  ///< [tokens, layers, key or value, kv_heads, head_dim], PEFT's order
};

/// Embeddings that come before those of the text (prompt tuning, arXiv 2104.08691).
struct PrefixEmbeddings {
  std::int64_t tokens = 0;
  std::vector<float> values;  ///< [tokens, hidden_size]
};

/// h + up · activation(down · h + down_bias) + up_bias, for what a sublayer is about to add to the residual stream
/// (bottleneck adapters, arXiv 1902.00751).
struct ResidualModule {
  std::int64_t layer = 0;
  bool after_attention = false;  ///< else after the MLP
  Activation activation = Activation::relu;
  std::vector<float> down;       ///< [width, hidden_size]
  std::vector<float> down_bias;  ///< [width]
  std::vector<float> up;         ///< [hidden_size, width]
  std::vector<float> up_bias;    ///< [hidden_size]
};

/// What an adapter does to the rows of one tensor: a matrix [out, in], also where the file has [in, out], or a bias [out].
struct RowChanges {
  std::vector<std::variant<const LowRankDelta*, const Scaling*>> steps;  ///< in order

  [[nodiscard]] bool empty() const noexcept { return steps.empty(); }
  /// Changes rows first to first + count - 1, `in` floats each (1 for a bias); a delta's sum is kept in double.
  void apply(std::int64_t first, std::int64_t count, std::int64_t in, float* rows) const;
};

/// What fine-tuning left behind, as inference applies it: each kind of site is a field of its own, so that adapters
/// compose where their sites differ. Applied in order: what lies under it, replacements, deltas, scalings.
struct AdapterWeights {
  /// What was merged before the rest was trained; a replacement stands for all that lies under it.
  std::shared_ptr<const AdapterWeights> under;
  std::vector<LowRankDelta> deltas;
  std::map<std::string, std::vector<float>> replacements;  ///< whole tensors by name, shapes as ModelConfig::weights()
  std::vector<Scaling> scalings;
  std::optional<PrefixKeysAndValues> prefix;
  std::optional<PrefixEmbeddings> prompt;  ///< after `prefix`, where both are there
  std::vector<ResidualModule> residuals;

  /// Appends `other`'s sites to these. @throws BadInput where both hold what there can be one of.
  void add(AdapterWeights other);

  /// Puts this on top of what the model carried while this was trained. @throws BadInput as `add` for what there can be
  /// one of.
  void put_on(AdapterWeights below);

  /// @throws BadInput naming each site that `config` does not have in that shape.
  void check(const ModelConfig& config) const;

  /// Positions that come before the text's own.
  [[nodiscard]] std::int64_t virtual_tokens() const noexcept;

  /// What stands in for the tensor `name`, shaped as ModelConfig::weights() says; null where it is the model's own.
  [[nodiscard]] const std::vector<float>* replacement_of(const std::string& name) const;
  /// What deltas and scalings do to the tensor `name`, or to what stands in for it; points into this.
  [[nodiscard]] RowChanges changes_of(const std::string& name) const;
};

}  // namespace assay::models
