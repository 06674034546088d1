#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "models/local/local_model.h"
#include "unit/models/numpy_reference.h"

namespace assay::models {

inline std::int32_t argmax(const std::vector<float>& logits) {
  return static_cast<std::int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

/// Token ids of `text`, last logits, loss and greedy tokens, each where `sequence` has it.
inline void check_sequence(LocalModel& model, const Json& sequence) {
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

/// The model of `folder` against the NumPy pass, run now, on two texts.
inline void expect_numpy_agreement(const std::filesystem::path& folder) {
  SCOPED_TRACE(folder.string());
  LocalModel model(folder);
  std::vector<std::vector<std::int32_t>> sequences;
  for (const char* text : {" a wasp is an insect .", "Once upon a time there was a little girl who"})
    sequences.push_back(model.tokens({text, {}}));
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

}  // namespace assay::models
