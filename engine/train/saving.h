#pragma once
#include <filesystem>
#include <string>

#include "train/network.h"

namespace assay::train {

/// Writes config.json, generation_config.json and model.safetensors of the model's own weights; `dtype` is f32, bf16 or
/// f64. Tokenizer files are the caller's.
void save_model(const std::filesystem::path& folder, const Network& network, const std::string& dtype);

}  // namespace assay::train
