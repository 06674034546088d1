// Published logits, losses, greedy tokens and token ids of every model folder at hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "models/local/local_model.h"
#include "unit/models/numpy_reference.h"
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

std::int32_t argmax(const std::vector<float>& logits) {
  return static_cast<std::int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

void check_sequence(LocalModel& model, const Json& sequence) {
  const auto ids = sequence.at("ids").get<std::vector<std::int32_t>>();
  if (sequence.contains("text")) {
    EXPECT_EQ(model.tokens({sequence.at("text"), {}}), ids);
  }
  if (sequence.contains("last_logits")) {
    const auto expected = sequence.at("last_logits").get<std::vector<double>>();
    const auto logits = model.logits(ids);
    ASSERT_EQ(logits.size(), expected.size());
    for (std::size_t i = 0; i < logits.size(); ++i) {
      ASSERT_NEAR(logits[i], expected[i], 1e-4 * std::max(1.0, std::abs(expected[i]))) << "token " << i;
    }
  }
  if (sequence.contains("mean_cross_entropy") && !sequence.at("mean_cross_entropy").is_null()) {
    EXPECT_NEAR(model.mean_cross_entropy(ids), sequence.at("mean_cross_entropy").get<double>(), 1e-5);
  }
  std::vector<std::int32_t> greedy;
  if (sequence.contains("greedy")) greedy = sequence.at("greedy").at("ids").get<std::vector<std::int32_t>>();
  if (sequence.contains("greedy_24")) greedy = sequence.at("greedy_24").get<std::vector<std::int32_t>>();
  std::vector<std::int32_t> so_far = ids;
  for (const std::int32_t token : greedy) {
    ASSERT_EQ(argmax(model.logits(so_far)), token);
    so_far.push_back(token);
  }
}

TEST(ReferenceTest, LogitsLossesGreedyTokensAndIdsAreThePublishedOnes) {
  const auto all = folders();
  if (all.empty()) GTEST_SKIP() << "neither ASSAY_SHARED_DATA nor ASSAY_SHARED_NANO names a folder with references";
  for (const auto& folder : all) {
    SCOPED_TRACE(folder.string());
    LocalModel model(folder);
    const Json reference = read_json(folder / "reference.json");
    const Json& sequences = reference.is_array() ? reference : reference.contains("sequences") ? reference.at("sequences") : reference.at("texts");
    ASSERT_FALSE(sequences.empty());
    for (const Json& sequence : sequences) check_sequence(model, sequence);
    if (reference.contains("left_padded_batch")) {
      const Json& batch = reference.at("left_padded_batch");
      for (std::size_t row = 0; row < batch.at("input_ids").size(); ++row) {
        Json sequence = {{"ids", Json::array()}, {"last_logits", batch.at("last_logits").at(row)}};
        for (std::size_t i = 0; i < batch.at("input_ids").at(row).size(); ++i) {
          if (batch.at("attention_mask").at(row).at(i) == 1) sequence["ids"].push_back(batch.at("input_ids").at(row).at(i));
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
    SCOPED_TRACE(folder.string());
    if (read_json(folder / "config.json").at("model_type") != "llama") continue;  // all that the NumPy pass knows
    LocalModel model(folder);
    std::vector<std::vector<std::int32_t>> sequences;
    for (const char* text : {" a wasp is an insect .", "Once upon a time there was a little girl who"}) sequences.push_back(model.tokens({text, {}}));
    const auto answers = ask_numpy(folder, sequences, "--greedy 8");
    if (!answers) GTEST_SKIP() << "/usr/bin/python3 has no NumPy";
    ASSERT_EQ(answers->size(), sequences.size());
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      Json expected = answers->at(i);
      expected["ids"] = sequences[i];
      expected["last_logits"] = expected.at("logits");
      // Where the best two all but tie, rounding decides.
      if (expected.at("greedy").at("smallest_gap").get<double>() < 1e-3) expected.erase("greedy");
      check_sequence(model, expected);
    }
  }
}

}  // namespace
}  // namespace assay::models
