#include "models/adapter_folder.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <map>

#include "models/local/local_model.h"
#include "unit/models/numpy_reference.h"
#include "unit/models/temporary_folder.h"
#include "unit/models/tiny_model.h"

namespace assay::models {
namespace {

using ::testing::HasSubstr;

/// A tiny model, and a folder that an independent script laid out by PEFT's rules.
class AdapterFolderTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (std::system("/usr/bin/python3 -c 'import numpy' 2>/dev/null") != 0)
      GTEST_SKIP() << "/usr/bin/python3 has no NumPy";
    write_tiny_model(folder_.path(), config_, random_weights(config_, 4));
    const std::string command =
        fmt::format("/usr/bin/python3 '{}/tests/reference/write_adapter.py' '{}' {} '{}'", ASSAY_SOURCE_DIR,
                    folder_.path().string(), GetParam(), adapter_folder().string());
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  [[nodiscard]] std::filesystem::path adapter_folder() const { return folder_.path() / "adapter"; }

  TemporaryFolder folder_;
  ModelConfig config_ = tiny_config();
};

TEST_P(AdapterFolderTest, GivesTheLogitsOfAnIndependentForwardPass) {
  const AdapterWeights adapter = read_adapter(adapter_folder(), config_);
  LocalModel adapted(folder_.path(), {}, &adapter), plain(folder_.path());
  const std::vector<std::vector<std::int32_t>> sequences{
      {256}, {256, 7, 99, 3, 250, 31}, std::vector<std::int32_t>(150, 42)};
  const auto answers = ask_numpy(folder_.path(), sequences, fmt::format("--adapter '{}'", adapter_folder().string()));
  ASSERT_EQ(answers->size(), sequences.size());
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    const auto expected = answers->at(i).at("logits").get<std::vector<double>>();
    const auto logits = adapted.logits(sequences[i]);
    for (std::size_t t = 0; t < logits.size(); ++t)
      ASSERT_NEAR(logits[t], expected[t], 1e-4 * std::max(1.0, std::abs(expected[t])));
    EXPECT_NE(logits, plain.logits(sequences[i]));
    if (sequences[i].size() < 2) continue;
    EXPECT_NEAR(adapted.mean_cross_entropy(sequences[i]), answers->at(i).at("mean_cross_entropy").get<double>(), 1e-5);
  }
}

TEST_P(AdapterFolderTest, AnswersDoNotDependOnTheBatchOrOnSharedBeginnings) {
  const AdapterWeights adapter = read_adapter(adapter_folder(), config_);
  const auto answers = [&](int batch, bool share) {
    LocalModelOptions options;
    options.batch = batch;
    options.share_prefixes = share;
    LocalModel model(folder_.path(), options, &adapter);
    std::vector<sdk::Request> requests;
    for (int i = 0; i < 12; ++i) {
      sdk::Generate generate;
      generate.prompt.text = fmt::format("the same beginning of forty characters or so, then {}",
                                         std::string(static_cast<std::size_t>(i), 'x'));
      generate.settings.max_tokens = 9;
      requests.push_back({generate, {}, {}});
    }
    const auto ids = model.submit(std::move(requests));
    std::map<sdk::RequestId, std::string> texts;
    while (texts.size() < ids.size()) {
      for (sdk::Finished& finished : model.collect())
        texts[finished.id] = finished.completion.error + finished.completion.samples.at(0).text;
    }
    return texts;
  };
  const auto alone = answers(1, false);
  EXPECT_EQ(answers(5, true), alone);
  EXPECT_EQ(answers(32, true), alone);
}

TEST_P(AdapterFolderTest, VirtualTokensTakeRoomInTheContext) {
  const AdapterWeights adapter = read_adapter(adapter_folder(), config_);
  const LocalModel model(folder_.path(), {}, &adapter);
  EXPECT_EQ(model.info().context_length, config_.max_position_embeddings - adapter.virtual_tokens());
}

INSTANTIATE_TEST_SUITE_P(Kinds, AdapterFolderTest,
                         ::testing::Values("lora", "rslora", "dora", "ia3", "prefix", "prompt", "bottleneck"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace assay::models
