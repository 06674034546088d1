#pragma once
#include <assay/sdk/strategy.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "models/model_config.h"
#include "train/backend.h"

namespace assay::train::testing {

/// A folder that goes when the object does.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Two layers, four query heads over two key heads, 97 words, a window of 160.
models::ModelConfig tiny_config(bool tied = true);

/// Writes config.json and random f32 weights.
void write_tiny_model(const std::filesystem::path& folder, const models::ModelConfig& config, std::uint64_t seed = 1);

/// Examples of 5 to 40 tokens whose last third counts, some of it by half.
std::vector<TrainingExample> tiny_examples(std::size_t count, std::uint64_t seed, std::int64_t vocabulary = 97);

/// The built plugin of this name with these parameters.
std::unique_ptr<sdk::Strategy> load_strategy(const std::string& name, const Json& params);

}  // namespace assay::train::testing
