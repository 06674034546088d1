#include "train/pretrain.h"

#include <assay/sdk/error.h>
#include <assay/sdk/random.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "train/backend.h"
#include "unit/train/tiny_model.h"

extern "C" assay::train::Backend* assay_torch_backend();

namespace assay::train {
namespace {

/// Lines that count upwards from a random number: learnable in a few steps.
class Counting final : public DocumentSource {
 public:
  WeightedTokens document(std::uint64_t index) override {
    sdk::Random random(4, "counting", index);
    auto value = static_cast<std::int32_t>(1 + random.below(60));
    WeightedTokens out;
    for (int i = 0; i < 12; ++i) {
      out.tokens.push_back(value++);
      out.weights.push_back(i == 0 ? 0.1F : 1.0F);
    }
    return out;
  }
};

PretrainSettings settings(std::int64_t steps) {
  PretrainSettings s;
  s.sequences = 4, s.context = 48, s.tokens = steps * 4 * 48;
  s.warmup_steps = 5, s.learning_rate = 1e-2, s.log_every = 1, s.evaluate_sequences = 4, s.dtype = "f32";
  return s;
}

std::string bytes(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(PretrainTest, TheLossFallsAndAModelFolderIsLeft) {
  const testing::TemporaryFolder folder;
  Counting source;
  double first = 0, last = 0;
  const auto report = assay_torch_backend()->pretrain(testing::tiny_config(), source, 0, settings(60), folder.path(),
                                                      {[&](const Json& line) {
                                                         if (!line.contains("loss")) return;
                                                         if (first == 0) first = line["loss"];
                                                         last = line["loss"];
                                                       },
                                                       {}});
  EXPECT_EQ(report.steps, 60);
  EXPECT_LT(last, first / 2);
  EXPECT_LT(report.answer_loss, 2.0);
  EXPECT_EQ(models::ModelConfig::read(folder.path()).hidden_size, 32);
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "model.safetensors"));
}

TEST(PretrainTest, AnInterruptedRunEndsInTheSameWeights) {
  const testing::TemporaryFolder whole, cut;
  Counting source;
  assay_torch_backend()->pretrain(testing::tiny_config(), source, 0, settings(12), whole.path(), {});
  int asked = 0;
  const auto first = assay_torch_backend()->pretrain(testing::tiny_config(), source, 0, settings(12), cut.path(),
                                                     {{}, [&] { return ++asked > 5; }});
  EXPECT_TRUE(first.stopped);
  EXPECT_EQ(first.steps, 5);
  assay_torch_backend()->pretrain(testing::tiny_config(), source, 0, settings(12), cut.path(), {});
  EXPECT_EQ(bytes(whole.path() / "model.safetensors"), bytes(cut.path() / "model.safetensors"));
}

TEST(PretrainTest, ACheckpointOfAnotherSpecificationIsRefused) {
  const testing::TemporaryFolder folder;
  Counting source;
  auto s = settings(1);
  assay_torch_backend()->pretrain(testing::tiny_config(), source, 0, s, folder.path(), {});
  s.seed = 9;
  EXPECT_THROW(assay_torch_backend()->pretrain(testing::tiny_config(), source, 0, s, folder.path(), {}), BadInput);
}

TEST(PretrainTest, UnknownAndImpossibleSettingsAreRefused) {
  EXPECT_THROW(PretrainSettings::parse({{"tokens", 100}, {"speed", 3}}), BadInput);
  EXPECT_THROW(PretrainSettings::parse({{"tokens", 0}}), BadInput);
  EXPECT_THROW(PretrainSettings::parse({{"tokens", "many"}}), BadInput);
}

}  // namespace
}  // namespace assay::train
