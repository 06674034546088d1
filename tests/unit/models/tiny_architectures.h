#pragma once
#include <assay/sdk/json.h>

#include <string>
#include <vector>

#include "models/model_config.h"

namespace assay::models {

struct TinyArchitecture {
  std::string name;  ///< a word
  Json json;         ///< its config.json

  [[nodiscard]] ModelConfig config() const { return ModelConfig::parse(json, name); }
};

/// Every architecture, and its variations that change what is computed, small enough for tests: 258 tokens as
/// write_tiny_model gives them, 300 positions, two layers.
inline std::vector<TinyArchitecture> tiny_architectures() {
  const Json common = {{"vocab_size", 258}, {"bos_token_id", 256}, {"eos_token_id", 257}};
  Json sizes = common;
  sizes.update({{"hidden_size", 40},
                {"intermediate_size", 72},
                {"num_hidden_layers", 2},
                {"num_attention_heads", 4},
                {"max_position_embeddings", 300}});
  std::vector<TinyArchitecture> all;
  const auto add = [&](const std::string& name, Json json, const Json& changes) {
    json.update(changes);
    all.push_back({name, json});
  };
  Json llama = sizes, mistral = sizes, qwen2 = sizes, qwen3 = sizes, neox = sizes, gemma = sizes, phi = sizes,
       gpt2 = common;
  llama.update({{"model_type", "llama"}, {"num_key_value_heads", 2}});
  mistral.update({{"model_type", "mistral"}, {"num_key_value_heads", 2}});
  qwen2.update({{"model_type", "qwen2"}, {"num_key_value_heads", 2}, {"tie_word_embeddings", true}});
  qwen3.update({{"model_type", "qwen3"}, {"num_key_value_heads", 2}, {"head_dim", 16}});
  neox.update({{"model_type", "gpt_neox"}, {"rotary_pct", 0.4}});
  gemma.update({{"model_type", "gemma"}, {"num_key_value_heads", 1}, {"head_dim", 16}});
  phi.update({{"model_type", "phi"}, {"num_key_value_heads", nullptr}, {"partial_rotary_factor", 0.4}});
  gpt2.update({{"model_type", "gpt2"}, {"n_embd", 40}, {"n_layer", 2}, {"n_head", 4}, {"n_positions", 300}});
  add("llama", llama, Json::object());
  add("llama_biased_and_wide", llama, {{"attention_bias", true}, {"mlp_bias", true}, {"head_dim", 18}});
  add("llama_3_scaling", llama,
      {{"rope_parameters",
        {{"rope_type", "llama3"},
         {"rope_theta", 500000.0},
         {"factor", 8.0},
         {"low_freq_factor", 1.0},
         {"high_freq_factor", 4.0},
         {"original_max_position_embeddings", 64}}}});
  add("llama_linear_scaling", llama, {{"rope_scaling", {{"type", "linear"}, {"factor", 2.5}}}});
  add("mistral_window", mistral, {{"sliding_window", 21}});
  add("mistral_no_window", mistral, {{"sliding_window", nullptr}});
  add("qwen2", qwen2, Json::object());
  add("qwen2_window_above", qwen2, {{"use_sliding_window", true}, {"sliding_window", 19}, {"max_window_layers", 1}});
  add("qwen3", qwen3, Json::object());
  add("gpt_neox", neox, Json::object());
  add("gpt_neox_sequential", neox, {{"use_parallel_residual", false}, {"attention_bias", false}});
  add("gemma", gemma, Json::object());
  add("phi", phi, Json::object());
  add("phi_normed_queries", phi, {{"qk_layernorm", true}, {"tie_word_embeddings", true}});
  add("gpt2", gpt2, Json::object());
  add("gpt2_scaled_by_layer", gpt2, {{"scale_attn_by_inverse_layer_idx", true}, {"activation_function", "relu"}});
  return all;
}

}  // namespace assay::models
