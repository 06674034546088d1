#include <assay/sdk/error.h>
#include <fmt/format.h>

#include "models/architectures/architectures.h"

namespace assay::models {

// Learned positions, LayerNorm, a plain MLP; matrices are stored [in, out] (its Conv1D).
void read_gpt2(const ConfigReader& reader, ModelConfig& config) {
  config.vocab_size = reader.count("vocab_size", 50257);
  config.hidden_size = reader.count("n_embd");
  config.num_layers = reader.count("n_layer");
  config.num_heads = config.num_kv_heads = reader.count("n_head");
  if (config.hidden_size % config.num_heads != 0) {
    throw BadInput(
        fmt::format("{}: n_embd {} is no multiple of n_head {}", reader.where(), config.hidden_size, config.num_heads));
  }
  if (reader.flag("add_cross_attention", false))
    throw BadInput(fmt::format("{}: 'add_cross_attention' is not supported", reader.where()));
  config.head_dim = config.hidden_size / config.num_heads;
  config.intermediate_size = reader.count("n_inner", 4 * config.hidden_size);
  config.max_position_embeddings = reader.count("n_positions", reader.count("n_ctx", 1024));
  config.tie_word_embeddings = reader.flag("tie_word_embeddings", true);
  config.positions = PositionKind::learned;
  config.norm = NormKind::layer;
  config.norm_epsilon = reader.number("layer_norm_epsilon", 1e-5);
  config.activation = reader.activation("activation_function", "gelu_new");
  config.gated_mlp = false;
  config.qkv_bias = config.attention_output_bias = config.mlp_bias = true;
  config.scale_scores = reader.flag("scale_attn_weights", true);
  config.divide_scores_by_layer = reader.flag("scale_attn_by_inverse_layer_idx", false);
  config.transposed_matrices = true;
  config.names = {.prefix = "transformer.",
                  .embedding = "transformer.wte",
                  .positions = "transformer.wpe",
                  .layers = "transformer.h",
                  .attention_norm = "ln_1",
                  .mlp_norm = "ln_2",
                  .qkv = {"attn.c_attn"},
                  .attention_output = "attn.c_proj",
                  .up = {"mlp.c_fc"},
                  .down = "mlp.c_proj",
                  .final_norm = "transformer.ln_f",
                  .head = "lm_head"};
}

}  // namespace assay::models
