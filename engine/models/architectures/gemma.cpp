#include <cmath>

#include "models/architectures/architectures.h"

namespace assay::models {

// Llama with scaled embeddings, norms that multiply by 1 + weight, and a gelu.
void read_gemma(const ConfigReader& reader, ModelConfig& config) {
  read_sizes(reader, config, 8192, 16, 256);
  read_rope(reader, config);
  config.tie_word_embeddings = reader.flag("tie_word_embeddings", true);
  config.norm = NormKind::rms_plus_one;
  config.norm_epsilon = reader.number("rms_norm_eps", 1e-6);
  // The first files said "gelu" in hidden_act and meant the tanh form; hidden_activation came to say what is meant.
  config.activation =
      reader.activation(reader.has("hidden_activation") ? "hidden_activation" : "hidden_act", "gelu_pytorch_tanh");
  config.qkv_bias = config.attention_output_bias = reader.flag("attention_bias", false);
  config.embedding_scale = std::sqrt(static_cast<double>(config.hidden_size));
}

}  // namespace assay::models
