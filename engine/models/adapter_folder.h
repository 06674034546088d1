#pragma once
#include <filesystem>

#include "models/adapter_weights.h"

namespace assay::models {

/// Reads what a training stage leaves, or PEFT:
/// - a PEFT folder (adapter_config.json, adapter_model.safetensors) of the type LORA (rslora, DoRA, rank_pattern,
///   alpha_pattern, modules_to_save and trained biases included), IA3, PREFIX_TUNING or PROMPT_TUNING;
/// - a folder of bottleneck adapters, which PEFT does not know (docs/adapters.md);
/// - where there is no adapter_config.json, a folder whose model.safetensors replaces every tensor that it names.
/// @throws BadInput for a method or an option that is not supported, and for tensors that fit no site of `config`.
[[nodiscard]] AdapterWeights read_adapter(const std::filesystem::path& folder, const ModelConfig& config);

}  // namespace assay::models
