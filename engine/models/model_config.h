#pragma once
#include <assay/sdk/json.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace assay::models {

/// How rotary frequencies are stretched past the length a model was first trained at.
struct RopeScaling {
  enum class Kind { none, linear, llama3 };
  Kind kind = Kind::none;
  double factor = 1.0;
  double low_freq_factor = 1.0;   ///< llama3 only, as the two below
  double high_freq_factor = 4.0;
  std::int64_t original_max_position_embeddings = 0;
  friend bool operator==(const RopeScaling&, const RopeScaling&) = default;
};

/// What a weight tensor is called in the file and what it must look like.
struct WeightSpec {
  std::string name;
  std::vector<std::int64_t> shape;
};

/// The one description of a model that both executors read (training and inference). Families differ in these values,
/// never in code that asks for a family's name.
struct ModelConfig {
  std::string model_type = "llama";  ///< as config.json says
  std::int64_t vocab_size = 0;
  std::int64_t hidden_size = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t num_layers = 0;
  std::int64_t num_heads = 0;
  std::int64_t num_kv_heads = 0;  ///< query head h reads KV head h / (num_heads / num_kv_heads)
  std::int64_t head_dim = 0;      ///< scores are scaled by head_dim^-0.5
  std::int64_t max_position_embeddings = 0;
  double rms_norm_eps = 1e-6;
  double rope_theta = 10000.0;
  RopeScaling rope_scaling;
  bool tie_word_embeddings = false;  ///< the output projection is the embedding matrix
  bool attention_bias = false;       ///< q, k, v and o projections carry biases
  bool mlp_bias = false;
  std::vector<std::int32_t> bos_token_ids;  ///< none or one
  std::vector<std::int32_t> eos_token_ids;  ///< generation ends at any of these
  std::string stored_dtype = "float32";     ///< torch's name; what the file says its weights are
  friend bool operator==(const ModelConfig&, const ModelConfig&) = default;

  /// Reads a config.json as transformers 4 or 5 writes it.
  /// @throws BadInput for a family that is not known (the message lists those that are), a missing or impossible value,
  ///         or a variation that is not supported. `where` (a file's name) begins each message.
  static ModelConfig parse(const Json& config, const std::string& where = "config.json");

  /// Reads `folder`/config.json, and the end-of-sequence ids of generation_config.json where that says otherwise.
  static ModelConfig read(const std::filesystem::path& folder);

  /// The config.json of transformers 4.
  [[nodiscard]] Json to_json() const;

  /// theta^(-2i/d) for i < head_dim / 2, scaled.
  [[nodiscard]] std::vector<double> rope_frequencies() const;

  /// Every tensor the model needs, with the names of the file (`model.…`, `lm_head.weight`), in the order of use.
  [[nodiscard]] std::vector<WeightSpec> weights() const;

  [[nodiscard]] std::int64_t parameter_count() const;
};

}  // namespace assay::models
