#include "models/architectures/architectures.h"

namespace assay::models {

// phi-1 and phi-2: attention and MLP side by side behind one norm, a part of each head turns, biases everywhere.
void read_phi(const ConfigReader& reader, ModelConfig& config) {
  read_sizes(reader, config, 2048);
  read_rope(reader, config, "rope_theta", "partial_rotary_factor", 0.5);
  config.norm = NormKind::layer;
  config.norm_epsilon = reader.number("layer_norm_eps", 1e-5);
  config.residual = Residual::parallel_one_norm;
  config.activation = reader.activation("hidden_act", "gelu_new");
  config.gated_mlp = false;
  config.query_key_norm = reader.flag("qk_layernorm", false);
  config.qkv_bias = config.attention_output_bias = config.mlp_bias = config.head_bias = true;
  config.names.attention_output = "self_attn.dense";
  config.names.query_norm = "self_attn.q_layernorm";
  config.names.key_norm = "self_attn.k_layernorm";
  config.names.up = {"mlp.fc1"};
  config.names.down = "mlp.fc2";
  config.names.final_norm = "model.final_layernorm";
}

}  // namespace assay::models
