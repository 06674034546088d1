#pragma once
#include "train/backend.h"

namespace assay::train {

/// Backend::fine_tune.
TrainingReport fine_tune(const std::filesystem::path& model_folder, const sdk::Strategy& strategy,
                         std::span<const TrainingExample> train, std::span<const TrainingExample> validation,
                         const TrainingSettings& settings, const std::filesystem::path& out_folder,
                         const TrainingCallbacks& callbacks, std::span<const TrainingExample> known);

}  // namespace assay::train
