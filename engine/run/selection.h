#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "run/stage.h"
#include "train/backend.h"

namespace assay::run {

/// The metric that tells a training's best weights: the validation rows are asked about as a cell would be that had this
/// adapter alone, with instruction and input as training saw them, through the inference path.
class Selection {
 public:
  /// `work.job.metric` is the metric, `value` the one of its values that counts ("f1.macro"), or its own name for the first.
  /// The rows outlive it.
  Selection(StageWork& work, std::string value, const std::vector<sdk::Example>& train,
            const std::vector<sdk::Example>& validation);

  /// @throws Error where an example cannot be asked; BadInput where the metric has no such value.
  train::Score operator()(const std::filesystem::path& adapter, bool training, std::span<const std::size_t> rows);

 private:
  StageWork& work_;
  std::string value_;
  const std::vector<sdk::Example>& train_;
  const std::vector<sdk::Example>& validation_;
};

}  // namespace assay::run
