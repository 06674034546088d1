#pragma once
#include <filesystem>
#include <vector>

#include "models/adapter_weights.h"
#include "models/model_weights.h"

namespace assay::models {

/// One tensor with `adapter` merged into it, laid out as the file has it.
/// @throws BadInput where the adapter holds what no weight can express: a prefix, a soft prompt, bottleneck modules.
[[nodiscard]] std::vector<float> merged_tensor(const WeightSpec& spec, const ModelWeights& weights,
                                               const AdapterWeights& adapter);

/// Copies what makes a folder's tokenizer, so that the new folder stands alone.
void copy_tokenizer(const std::filesystem::path& from, const std::filesystem::path& to);

/// Writes the model of `base` with `adapter` merged into its weights as a Hugging Face folder in float32: config.json,
/// generation_config.json, model.safetensors, the tokenizer. The whole model is held in memory once.
/// @throws BadInput as merged_tensor.
void write_merged_model(const std::filesystem::path& base, const AdapterWeights& adapter,
                        const std::filesystem::path& out);

}  // namespace assay::models
