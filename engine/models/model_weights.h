#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "models/model_config.h"
#include "models/safetensors.h"

namespace assay::models {

/// The weights of a Hugging Face folder: one model.safetensors, or shards with model.safetensors.index.json. Tensors are
/// found by the names of ModelConfig::weights(), with or without their prefix ("model.", "transformer.") in the file. Files stay mapped.
class ModelWeights {
 public:
  /// Opens the files and checks that every tensor of `config` is there in the right shape. Others are ignored.
  /// @throws BadInput naming the folder or file and every tensor that is missing or misshapen, or one that holds a value
  ///         which is no finite number (all values are looked at: as long as reading the files once).
  static ModelWeights open(const std::filesystem::path& folder, const ModelConfig& config);

  /// @throws BadInput when `name` is not among config.weights().
  [[nodiscard]] const TensorView& at(const std::string& name) const;

  /// The files in use, for fingerprints.
  [[nodiscard]] std::vector<std::filesystem::path> files() const;

 private:
  std::vector<SafetensorsFile> files_;
  std::map<std::string, const TensorView*> tensors_;
};

/// The weight files of `folder`, without opening them. @throws BadInput when there are none.
[[nodiscard]] std::vector<std::filesystem::path> weight_files(const std::filesystem::path& folder);

}  // namespace assay::models
