#pragma once
#include <span>
#include <string_view>

#include "models/architectures/config_reader.h"

namespace assay::models {

/// One architecture: how transformers calls it, and what its config.json says about the pieces that ModelConfig knows.
/// To add one, write a file beside this with a reader, and name it in the table.
struct Architecture {
  std::string_view model_type;
  std::string_view name;  ///< in `architectures`
  void (*read)(const ConfigReader& reader, ModelConfig& config);
};

[[nodiscard]] std::span<const Architecture> architectures();

void read_gemma(const ConfigReader& reader, ModelConfig& config);
void read_gpt2(const ConfigReader& reader, ModelConfig& config);
void read_gpt_neox(const ConfigReader& reader, ModelConfig& config);
void read_llama(const ConfigReader& reader, ModelConfig& config);
void read_mistral(const ConfigReader& reader, ModelConfig& config);
void read_phi(const ConfigReader& reader, ModelConfig& config);
void read_qwen2(const ConfigReader& reader, ModelConfig& config);
void read_qwen3(const ConfigReader& reader, ModelConfig& config);

/// What Qwen's layers see: layer_types where given, else a window in layers from max_window_layers on; either only where
/// use_sliding_window is true.
void read_qwen_windows(const ConfigReader& reader, ModelConfig& config);

}  // namespace assay::models
