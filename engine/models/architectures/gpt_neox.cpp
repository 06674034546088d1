#include "models/architectures/architectures.h"

namespace assay::models {

// Pythia's: attention and MLP side by side, a part of each head turns, one matrix makes queries, keys and values by head.
void read_gpt_neox(const ConfigReader& reader, ModelConfig& config) {
  read_sizes(reader, config, 2048);
  config.num_kv_heads = config.num_heads;
  read_rope(reader, config, "rotary_emb_base", "rotary_pct", 0.25);
  config.norm = NormKind::layer;
  config.norm_epsilon = reader.number("layer_norm_eps", 1e-5);
  config.residual = reader.flag("use_parallel_residual", true) ? Residual::parallel : Residual::sequential;
  config.activation = reader.activation("hidden_act", "gelu");
  config.gated_mlp = false;
  config.qkv_bias = config.attention_output_bias = reader.flag("attention_bias", true);
  config.mlp_bias = true;
  config.qkv_by_head = true;
  config.names = {.prefix = "gpt_neox.",
                  .embedding = "gpt_neox.embed_in",
                  .positions = {},
                  .layers = "gpt_neox.layers",
                  .qkv = {"attention.query_key_value"},
                  .attention_output = "attention.dense",
                  .up = {"mlp.dense_h_to_4h"},
                  .down = "mlp.dense_4h_to_h",
                  .final_norm = "gpt_neox.final_layer_norm",
                  .head = "embed_out"};
}

}  // namespace assay::models
