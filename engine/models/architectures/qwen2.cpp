#include <assay/sdk/error.h>
#include <fmt/format.h>

#include "models/architectures/architectures.h"

namespace assay::models {

// Llama with biases on queries, keys and values.
void read_qwen2(const ConfigReader& reader, ModelConfig& config) {
  read_sizes(reader, config, 32768, 32);
  read_rope(reader, config);
  config.norm_epsilon = reader.number("rms_norm_eps", 1e-6);
  config.activation = reader.activation("hidden_act", "silu");
  config.qkv_bias = true;
  read_qwen_windows(reader, config);
}

void read_qwen_windows(const ConfigReader& reader, ModelConfig& config) {
  config.windows.assign(static_cast<std::size_t>(config.num_layers), 0);
  if (!reader.flag("use_sliding_window", false) || reader.is_null("sliding_window")) return;
  const std::int64_t window = reader.count("sliding_window", 4096);
  const std::vector<std::string> types = reader.texts("layer_types");
  if (!types.empty() && types.size() != config.windows.size()) {
    throw BadInput(
        fmt::format("{}: 'layer_types' names {} layers of {}", reader.where(), types.size(), config.num_layers));
  }
  std::int64_t first = 28;
  if (reader.has("max_window_layers"))
    first = reader.at("max_window_layers") == 0 ? 0 : reader.count("max_window_layers");
  for (std::size_t i = 0; i < config.windows.size(); ++i) {
    const bool slides = types.empty() ? static_cast<std::int64_t>(i) >= first : types[i] == "sliding_attention";
    if (slides) config.windows[i] = window;
  }
}

}  // namespace assay::models
