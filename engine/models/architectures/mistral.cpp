#include "models/architectures/architectures.h"

namespace assay::models {

// Llama with a window on every layer.
void read_mistral(const ConfigReader& reader, ModelConfig& config) {
  read_sizes(reader, config, 131072, 8);
  read_rope(reader, config);
  config.norm_epsilon = reader.number("rms_norm_eps", 1e-6);
  config.activation = reader.activation("hidden_act", "silu");
  const std::int64_t window = reader.is_null("sliding_window") ? 0 : reader.count("sliding_window", 4096);
  config.windows.assign(static_cast<std::size_t>(config.num_layers), window);
}

}  // namespace assay::models
