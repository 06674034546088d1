// Published logits, losses, greedy tokens and token ids of every model folder at hand.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "unit/models/reference_check.h"
#include "unit/models/shared_folder.h"

namespace assay::models {
namespace {

std::vector<std::filesystem::path> folders() {
  std::vector<std::filesystem::path> result;
  const auto add = [&](const std::filesystem::path& folder) {
    if (!std::filesystem::exists(folder / "reference.json") || !std::filesystem::exists(folder / "config.json")) return;
    result.push_back(folder);
  };
  if (const auto nano = shared_folder("ASSAY_SHARED_NANO"); !nano.empty()) add(nano / "model");
  if (const auto data = shared_folder("ASSAY_SHARED_DATA"); !data.empty()) {
    add(data / "stories260k");
    if (std::filesystem::is_directory(data / "checkpoints")) {
      for (const auto& entry : std::filesystem::directory_iterator(data / "checkpoints")) add(entry.path());
    }
  }
  return result;
}

TEST(ReferenceTest, LogitsLossesGreedyTokensAndIdsAreThePublishedOnes) {
  const auto all = folders();
  if (all.empty()) GTEST_SKIP() << "neither ASSAY_SHARED_DATA nor ASSAY_SHARED_NANO names a folder with references";
  for (const auto& folder : all) {
    SCOPED_TRACE(folder.string());
    LocalModel model(folder);
    const Json reference = read_json(folder / "reference.json");
    const Json& sequences = reference.is_array()              ? reference
                            : reference.contains("sequences") ? reference.at("sequences")
                                                              : reference.at("texts");
    ASSERT_FALSE(sequences.empty());
    for (const Json& sequence : sequences) check_sequence(model, sequence);
    if (reference.contains("left_padded_batch")) {
      const Json& batch = reference.at("left_padded_batch");
      for (std::size_t row = 0; row < batch.at("input_ids").size(); ++row) {
        Json sequence = {{"ids", Json::array()}, {"last_logits", batch.at("last_logits").at(row)}};
        for (std::size_t i = 0; i < batch.at("input_ids").at(row).size(); ++i) {
          if (batch.at("attention_mask").at(row).at(i) == 1)
            sequence["ids"].push_back(batch.at("input_ids").at(row).at(i));
        }
        check_sequence(model, sequence);
      }
    }
  }
}

TEST(ReferenceTest, AgreesWithNumpyRunNow) {
  const auto all = folders();
  if (all.empty()) GTEST_SKIP() << "neither ASSAY_SHARED_DATA nor ASSAY_SHARED_NANO names a folder with references";
  for (const auto& folder : all) {
    if (read_json(folder / "config.json").at("model_type") != "llama") continue;  // all that the NumPy pass knows
    expect_numpy_agreement(folder);
  }
}

}  // namespace
}  // namespace assay::models
