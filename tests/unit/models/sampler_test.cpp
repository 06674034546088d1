#include "models/local/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace assay::models {
namespace {

const std::vector<float> kLogits{2.0F, 1.0F, 0.0F, -1.0F, 1.9F};

std::int32_t one(const sdk::GenerationSettings& settings, std::uint64_t example = 0) {
  std::vector<float> logits = kLogits;
  return Sampler(settings, {1, example, 0}, 0, {}).next(logits);
}

/// Shares of the tokens over many examples.
std::map<std::int32_t, double> shares(const sdk::GenerationSettings& settings) {
  constexpr int kDraws = 20000;
  std::map<std::int32_t, double> result;
  for (int i = 0; i < kDraws; ++i) result[one(settings, static_cast<std::uint64_t>(i))] += 1.0 / kDraws;
  return result;
}

TEST(SamplerTest, TemperatureZeroTakesTheLargestAndTheFirstOfEquals) {
  EXPECT_EQ(one({}), 0);
  std::vector<float> equal{1.0F, 3.0F, 3.0F};
  EXPECT_EQ(Sampler({}, {}, 0, {}).next(equal), 1);
}

TEST(SamplerTest, DrawsFollowTheTemperedDistribution) {
  sdk::GenerationSettings settings;
  settings.temperature = 0.7;
  double total = 0;
  for (const float logit : kLogits) total += std::exp(double{logit} / 0.7);
  const auto drawn = shares(settings);
  for (std::size_t i = 0; i < kLogits.size(); ++i) {
    EXPECT_NEAR(drawn.at(static_cast<std::int32_t>(i)), std::exp(double{kLogits[i]} / 0.7) / total, 0.012);
  }
}

TEST(SamplerTest, TopKTopPAndMinPKeepTheMostProbable) {
  const auto kept = [](sdk::GenerationSettings settings) {
    settings.temperature = 1.0;
    std::set<std::int32_t> tokens;
    for (const auto& [token, share] : shares(settings)) tokens.insert(token);
    return tokens;
  };
  sdk::GenerationSettings settings;
  settings.top_k = 2;
  EXPECT_EQ(kept(settings), (std::set<std::int32_t>{0, 4}));
  settings = {};
  settings.top_p = 0.5;  // 0.41, 0.37, 0.15, …: the second reaches it
  EXPECT_EQ(kept(settings), (std::set<std::int32_t>{0, 4}));
  settings.top_p = 0.01;
  EXPECT_EQ(kept(settings), (std::set<std::int32_t>{0}));
  settings = {};
  settings.min_p = 0.3;  // relative to the best: 1, 0.90, 0.37, 0.14, 0.05
  EXPECT_EQ(kept(settings), (std::set<std::int32_t>{0, 1, 4}));
}

TEST(SamplerTest, PenaltiesAndBiasChangeTheChoice) {
  sdk::GenerationSettings settings;
  settings.logit_bias = {{2, 5.0}, {99, 5.0}};
  EXPECT_EQ(one(settings), 2);
  settings = {};
  settings.repetition_penalty = 3.0;
  std::vector<float> logits = kLogits;
  const std::vector<std::int32_t> prompt{0};
  EXPECT_EQ(Sampler(settings, {}, 0, prompt).next(logits), 4);
  settings = {};
  settings.presence_penalty = 0.2;
  Sampler sampler(settings, {}, 0, prompt);
  logits = kLogits;
  EXPECT_EQ(sampler.next(logits), 0);  // the prompt does not count, the output does
  logits = kLogits;
  EXPECT_EQ(sampler.next(logits), 4);
  settings = {};
  settings.frequency_penalty = 0.06;
  Sampler counted(settings, {}, 0, {});
  std::vector<std::int32_t> drawn;
  for (int i = 0; i < 4; ++i) {
    logits = kLogits;
    drawn.push_back(counted.next(logits));
  }
  EXPECT_EQ(drawn, (std::vector<std::int32_t>{0, 0, 4, 0}));
}

TEST(SamplerTest, StreamsOfDifferentOwnersDiffer) {
  sdk::GenerationSettings settings;
  settings.temperature = 1.0;
  const auto stream = [&](const sdk::DrawKey& key, int sample) {
    Sampler sampler(settings, key, sample, {});
    std::vector<std::int32_t> tokens;
    for (int i = 0; i < 30; ++i) {
      std::vector<float> logits = kLogits;
      tokens.push_back(sampler.next(logits));
    }
    return tokens;
  };
  EXPECT_EQ(stream({1, 2, 3}, 0), stream({1, 2, 3}, 0));
  EXPECT_NE(stream({1, 2, 3}, 0), stream({1, 2, 3}, 1));
  EXPECT_NE(stream({1, 2, 3}, 0), stream({1, 2, 4}, 0));
  EXPECT_NE(stream({1, 2, 3}, 0), stream({1, 3, 3}, 0));
  EXPECT_NE(stream({1, 2, 3}, 0), stream({2, 2, 3}, 0));
}

}  // namespace
}  // namespace assay::models
