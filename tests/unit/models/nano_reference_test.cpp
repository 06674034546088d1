#include "unit/models/reference_check.h"

namespace assay::models {
namespace {

TEST(NanoReferenceTest, OurOwnModelAgreesWithTheNumpyPass) {
  expect_numpy_agreement(ASSAY_SOURCE_DIR "/experiments/models/nano");
}

}  // namespace
}  // namespace assay::models
