#include "unit/train/executors.h"

#include "unit/models/tiny_architectures.h"

namespace assay::train {
namespace {

TEST(ExecutorsTest, TrainingAndInferenceAgreeForEveryArchitectureAndEveryKindOfSite) {
  for (const models::TinyArchitecture& architecture : models::tiny_architectures()) {
    for (const auto added : {testing::Added::nothing, testing::Added::deltas, testing::Added::everything}) {
      SCOPED_TRACE(architecture.name + ", added: " + std::to_string(static_cast<int>(added)));
      const testing::TemporaryFolder folder;
      testing::write_tiny_model(folder.path(), architecture.config());
      testing::expect_agreement(folder.path(), architecture.config(), added);
    }
  }
}

}  // namespace
}  // namespace assay::train
