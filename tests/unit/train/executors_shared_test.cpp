#include "unit/models/shared_folder.h"
#include "unit/train/executors.h"

namespace assay::train {
namespace {

TEST(ExecutorsTest, TrainingAndInferenceAgreeOnEveryCheckpointAdaptersIncluded) {
  const auto data = models::shared_folder("ASSAY_SHARED_DATA");
  if (data.empty() || !std::filesystem::is_directory(data / "checkpoints"))
    GTEST_SKIP() << "ASSAY_SHARED_DATA names no folder with checkpoints";
  for (const auto& entry : std::filesystem::directory_iterator(data / "checkpoints")) {
    if (!std::filesystem::exists(entry.path() / "config.json")) continue;
    const auto config = models::ModelConfig::read(entry.path());
    for (const auto added : {testing::Added::nothing, testing::Added::deltas, testing::Added::everything}) {
      SCOPED_TRACE(entry.path().string() + ", added: " + std::to_string(static_cast<int>(added)));
      testing::expect_agreement(entry.path(), config, added);
    }
  }
}

}  // namespace
}  // namespace assay::train
