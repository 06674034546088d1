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
  double low_freq_factor = 1.0;  ///< llama3 only, as the two below
  double high_freq_factor = 4.0;
  std::int64_t original_max_position_embeddings = 0;
  friend bool operator==(const RopeScaling&, const RopeScaling&) = default;
};

enum class NormKind {
  rms,           ///< x / sqrt(mean(x²) + ε) · weight
  rms_plus_one,  ///< the same times 1 + weight
  layer,         ///< (x - mean) / sqrt(variance + ε) · weight + bias
};
enum class PositionKind {
  rotary,   ///< queries and keys turn by their position (RoPE, arXiv 2104.09864), the two halves being the pairs
  learned,  ///< a vector a position is added to the embedding
};
enum class Activation { silu, gelu, gelu_tanh, relu };
/// How a layer's two sublayers join the residual stream x.
enum class Residual {
  sequential,         ///< x += attention(norm1(x)), then x += mlp(norm2(x))
  parallel,           ///< x += attention(norm1(x)) + mlp(norm2(x))
  parallel_one_norm,  ///< x += attention(norm1(x)) + mlp(norm1(x))
};

/// What tensors are called in the files, without ".weight" and ".bias". Names of a layer follow `layers` and a number.
struct TensorNames {
  std::string prefix = "model.";  ///< which files may leave out
  std::string embedding = "model.embed_tokens";
  std::string positions;  ///< PositionKind::learned
  std::string layers = "model.layers";
  std::string attention_norm = "input_layernorm";
  std::string mlp_norm = "post_attention_layernorm";
  std::vector<std::string> qkv = {"self_attn.q_proj", "self_attn.k_proj",
                                  "self_attn.v_proj"};  ///< three, or one of all
  std::string query_norm = "self_attn.q_norm";
  std::string key_norm = "self_attn.k_norm";
  std::string attention_output = "self_attn.o_proj";
  std::vector<std::string> up = {"mlp.gate_proj", "mlp.up_proj"};  ///< gate and up, or up alone
  std::string down = "mlp.down_proj";
  std::string final_norm = "model.norm";
  std::string head = "lm_head";
  friend bool operator==(const TensorNames&, const TensorNames&) = default;
};

/// What a weight tensor is called in the file and what it must look like.
struct WeightSpec {
  std::string name;
  std::vector<std::int64_t> shape;
  bool transposed = false;  ///< a matrix stored [in, out]
};

/// The one description of a model that both executors read (training and inference), made of pieces that architectures
/// share. Architectures differ in these values, never in code that asks for one's name; engine/models/architectures has
/// a file for each. The defaults are Llama's.
struct ModelConfig {
  std::string model_type = "llama";  ///< as config.json says
  std::int64_t vocab_size = 0;
  std::int64_t hidden_size = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t num_layers = 0;
  std::int64_t num_heads = 0;
  std::int64_t num_kv_heads = 0;  ///< query head h reads KV head h / (num_heads / num_kv_heads)
  std::int64_t head_dim = 0;
  std::int64_t max_position_embeddings = 0;

  double embedding_scale = 1.0;      ///< embeddings are multiplied by it, the output projection is not
  bool tie_word_embeddings = false;  ///< the output projection is the embedding matrix
  bool head_bias = false;

  PositionKind positions = PositionKind::rotary;
  double rope_theta = 10000.0;
  double rotary_share = 1.0;  ///< of a head's dimensions, the first ones, turn
  RopeScaling rope_scaling;

  NormKind norm = NormKind::rms;
  double norm_epsilon = 1e-6;
  Residual residual = Residual::sequential;

  bool qkv_bias = false;
  bool attention_output_bias = false;
  bool qkv_by_head = false;  ///< the one qkv matrix is [head 0: q, k, v; head 1: q, k, v; …], not [all q; all k; all v]
  bool query_key_norm = false;          ///< each head's query and key pass a norm before they turn
  bool scale_scores = true;             ///< scores are multiplied by head_dim^-0.5
  bool divide_scores_by_layer = false;  ///< and divided by the layer's number, counted from 1
  std::vector<std::int64_t> windows;    ///< a layer: keys that a query sees, itself included, 0 for all; empty: all

  bool gated_mlp = true;  ///< down(activation(gate(x)) · up(x)), else down(activation(up(x)))
  Activation activation = Activation::silu;
  bool mlp_bias = false;

  bool transposed_matrices = false;  ///< matrices of layers are stored [in, out]
  TensorNames names;

  std::vector<std::int32_t> bos_token_ids;  ///< none or one
  std::vector<std::int32_t> eos_token_ids;  ///< generation ends at any of these
  std::string stored_dtype = "float32";     ///< torch's name; what the file says its weights are
  Json source;                              ///< what it was parsed from, null when it was made in code
  friend bool operator==(const ModelConfig&, const ModelConfig&) = default;

  /// Reads a config.json as transformers 4 or 5 writes it.
  /// @throws BadInput for an architecture that is not known (the message lists those that are), a missing or impossible
  ///         value, or a variation that is not supported. `where` (a file's name) begins each message.
  static ModelConfig parse(const Json& config, const std::string& where = "config.json");

  /// Reads `folder`/config.json, and the end-of-sequence ids of generation_config.json where that says otherwise.
  static ModelConfig read(const std::filesystem::path& folder);

  /// The config.json of transformers: what was parsed, with the present dtype (fields changed since are not in it); one
  /// made in code is written as a Llama.
  [[nodiscard]] Json to_json() const;

  /// Dimensions of a head that turn; 0 where positions are learned.
  [[nodiscard]] std::int64_t rotary_dim() const noexcept;
  /// theta^(-2i/d) for i < d / 2, d = rotary_dim(), scaled.
  [[nodiscard]] std::vector<double> rope_frequencies() const;
  /// What scores of a layer are multiplied by besides head_dim^-0.5; 1 but for two rare switches of gpt2.
  [[nodiscard]] double score_factor(std::int64_t layer) const noexcept;
  /// Keys that a query of a layer sees, itself included; 0 for all.
  [[nodiscard]] std::int64_t window(std::int64_t layer) const noexcept;
  /// "model.layers.3."
  [[nodiscard]] std::string layer_name(std::int64_t layer) const;

  /// Every tensor the model needs, with the names of the file, prefix included, in the order of use.
  [[nodiscard]] std::vector<WeightSpec> weights() const;

  [[nodiscard]] std::int64_t parameter_count() const;
};

}  // namespace assay::models
