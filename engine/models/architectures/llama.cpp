#include "models/architectures/architectures.h"

namespace assay::models {

// Every default of ModelConfig is Llama's.
void read_llama(const ConfigReader& reader, ModelConfig& config) {
  read_sizes(reader, config, 2048);
  read_rope(reader, config);
  config.norm_epsilon = reader.number("rms_norm_eps", 1e-6);
  config.activation = reader.activation("hidden_act", "silu");
  config.qkv_bias = config.attention_output_bias = reader.flag("attention_bias", false);
  config.mlp_bias = reader.flag("mlp_bias", false);
}

}  // namespace assay::models
