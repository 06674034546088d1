#pragma once
#include "train/pretrain.h"

namespace assay::train {

/// Backend::pretrain.
PretrainReport pretrain(const models::ModelConfig& config, DocumentSource& source, std::int32_t eos,
                        const PretrainSettings& settings, const std::filesystem::path& out,
                        const PretrainCallbacks& callbacks);

}  // namespace assay::train
