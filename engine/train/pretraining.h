#pragma once
#include "train/pretrain.h"

namespace assay::train {

/// Trains from `initialise`d weights, or from out/checkpoint.safetensors where an interrupted run left it, and leaves
/// config.json, generation_config.json and model.safetensors (bf16) in `out`. The same settings and source give the
/// same weights, interrupted or not. @throws BadInput for settings that do not fit; Error when the loss diverges.
PretrainReport pretrain(const models::ModelConfig& config, DocumentSource& source, std::int32_t eos,
                        const PretrainSettings& settings, const std::filesystem::path& out,
                        const PretrainCallbacks& callbacks);

}  // namespace assay::train
