#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "models/model_config.h"

namespace assay::models {

/// W + scale · B · A (LoRA, arXiv 2106.09685, equation 3) for the matrix `module`.weight.
struct LowRankDelta {
  std::string module;    ///< "model.layers.0.self_attn.q_proj"
  std::int64_t rank = 0;
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::vector<float> a;  ///< [rank, in]
  std::vector<float> b;  ///< [out, rank]
  double scale = 1.0;

  /// Adds rows first to first + count - 1 of scale · B · A, each summed in double and rounded once, to `rows` [count, in].
  void add_to(std::int64_t first, std::int64_t count, float* rows) const;
};

/// What fine-tuning left behind, as inference applies it: each kind of site is a field of its own, so that adapters
/// compose where their sites differ. Several adapters are applied in order: replacements first, then deltas.
struct AdapterWeights {
  std::vector<LowRankDelta> deltas;
  std::map<std::string, std::vector<float>> replacements;  ///< whole tensors by name, shapes as ModelConfig::weights()

  /// Appends `other`'s sites to these. @throws BadInput when both replace one tensor.
  void add(AdapterWeights other);

  /// @throws BadInput naming each site that `config` does not have in that shape.
  void check(const ModelConfig& config) const;

  /// `weight` of `name`, turned to [out, in] where the file has [in, out], becomes weight + Σ scale · B · A, each delta summed in double and rounded once.
  void merge(const std::string& name, std::vector<float>& weight) const;
  /// Those that enter the weight `name`, in order.
  [[nodiscard]] std::vector<const LowRankDelta*> deltas_of(const std::string& name) const;
};

/// Reads what a training stage leaves: a PEFT folder with LoRA (adapter_config.json, adapter_model.safetensors; rslora,
/// rank_pattern, alpha_pattern and modules_to_save included), or, where there is no adapter_config.json, a folder whose
/// model.safetensors replaces every tensor that it names.
/// @throws BadInput for a method or an option that is not supported, and for tensors that fit no site of `config`.
[[nodiscard]] AdapterWeights read_adapter(const std::filesystem::path& folder, const ModelConfig& config);

}  // namespace assay::models
