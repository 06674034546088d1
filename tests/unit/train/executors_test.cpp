#include "unit/train/executors.h"

#include "unit/models/tiny_architectures.h"

namespace assay::train {
namespace {

TEST(ExecutorsTest, TrainingAndInferenceAgreeForEveryArchitectureAdaptersIncluded) {
  for (const models::TinyArchitecture& architecture : models::tiny_architectures()) {
    for (const bool adapted : {false, true}) {
      SCOPED_TRACE(architecture.name + (adapted ? ", adapted" : ""));
      const testing::TemporaryFolder folder;
      testing::write_tiny_model(folder.path(), architecture.config());
      testing::expect_agreement(folder.path(), architecture.config(), adapted);
    }
  }
}

}  // namespace
}  // namespace assay::train
