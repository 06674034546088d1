#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "train/network.h"

namespace assay::train {

/// Writes config.json, generation_config.json and model.safetensors of the model's own weights; `dtype` is f32, bf16 or
/// f64. Tokenizer files are the caller's.
void save_model(const std::filesystem::path& folder, const Network& network, const std::string& dtype);

void save_tensors(const std::filesystem::path& file, const std::map<std::string, at::Tensor>& tensors);
/// Indented, keys sorted. @throws Error when the disk refuses.
void save_json(const std::filesystem::path& file, const Json& json);

}  // namespace assay::train
