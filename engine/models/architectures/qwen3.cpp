#include "models/architectures/architectures.h"

namespace assay::models {

// Llama with a norm on each query and key before it is turned.
void read_qwen3(const ConfigReader& reader, ModelConfig& config) {
  read_sizes(reader, config, 32768, 32, 128);
  read_rope(reader, config);
  config.norm_epsilon = reader.number("rms_norm_eps", 1e-6);
  config.activation = reader.activation("hidden_act", "silu");
  config.qkv_bias = config.attention_output_bias = reader.flag("attention_bias", false);
  config.query_key_norm = true;
  read_qwen_windows(reader, config);
}

}  // namespace assay::models
