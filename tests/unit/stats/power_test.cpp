#include "stats/power.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "unit/stats/reference.h"

namespace assay::stats {
namespace {

TEST(PowerTest, AgreesWithStatsmodels) {
  std::vector<Json> questions;
  std::vector<double> ours;
  for (const double n : {5.0, 50.0, 300.0, 1319.0, 20000.0})
    for (const double effect : {0.01, 0.1, 0.3}) {
      questions.push_back({{"function", "paired_mean_power"}, {"effect", effect}, {"n", n}});
      ours.push_back(paired_mean_power(2).of(2 * effect, n));
      questions.push_back({{"function", "unpaired_mean_power"}, {"effect", effect}, {"n", n}});
      ours.push_back(unpaired_mean_power(3).of(3 * effect, n));
      questions.push_back(
          {{"function", "unpaired_proportion_power"}, {"difference", effect}, {"baseline", 0.6}, {"n", n}});
      ours.push_back(unpaired_proportion_power(0.6).of(effect, n));
    }
  const std::vector<Json> answers = ask_reference(questions);
  for (std::size_t i = 0; i < questions.size(); ++i)
    EXPECT_NEAR(ours[i], answers[i].get<double>(), 1e-6) << questions[i];
}

TEST(PowerTest, DetectableEffectsAndNeededNumbersAgreeWithStatsmodels) {
  std::vector<Json> questions;
  for (const double n : {10.0, 300.0, 1319.0}) questions.push_back({{"function", "detectable"}, {"n", n}});
  for (const double effect : {0.05, 0.2, 1.0}) questions.push_back({{"function", "needed"}, {"effect", effect}});
  const std::vector<Json> answers = ask_reference(questions);
  for (std::size_t i = 0; i < 3; ++i) {
    const double n = questions[i]["n"];  // statsmodels stops searching where the power is right to about 1e-5
    EXPECT_NEAR(detectable_difference(paired_mean_power(1), n), answers[i].at(0).get<double>(), 1e-5) << n;
    EXPECT_NEAR(detectable_difference(unpaired_mean_power(1), n), answers[i].at(1).get<double>(), 1e-5) << n;
  }
  for (std::size_t i = 3; i < questions.size(); ++i) {
    const double effect = questions[i]["effect"];
    EXPECT_EQ(needed_examples(paired_mean_power(1), effect), std::ceil(answers[i].at(0).get<double>())) << effect;
    EXPECT_EQ(needed_examples(unpaired_mean_power(1), effect), std::ceil(answers[i].at(1).get<double>())) << effect;
  }
}

TEST(PowerTest, NeededPairsOfProportionsAreConnorsFormula) {
  // n = (z₀.₉₇₅ √ψ + z₀.₈ √(ψ - δ²))² / δ² with ψ = 0.2, δ = 0.05: (1.959964·0.447214 + 0.841621·0.444410)² / 0.0025
  // = (0.876523 + 0.374025)² / 0.0025 = 625.55.
  EXPECT_EQ(needed_examples(paired_proportion_power(0.2), 0.05), 626);
}

TEST(PowerTest, WhatIsDetectableIsFoundWithThePowerAskedFor) {
  for (const Power& test : {paired_mean_power(0.3), unpaired_mean_power(0.3), paired_proportion_power(0.15),
                            unpaired_proportion_power(0.7)}) {
    const double difference = detectable_difference(test, 300, 0.9);
    EXPECT_NEAR(test.of(difference, 300), 0.9, 1e-9);
    EXPECT_LE(needed_examples(test, difference, 0.9), 301);
    EXPECT_GE(needed_examples(test, difference, 0.9), 299);
  }
}

TEST(PowerTest, WhatNoDifferenceWouldShowIsNotDetectable) {
  EXPECT_TRUE(std::isnan(detectable_difference(unpaired_proportion_power(0.97), 20)));
  EXPECT_TRUE(std::isnan(detectable_difference(paired_mean_power(0), 100)));
  EXPECT_TRUE(std::isnan(needed_examples(paired_proportion_power(0.1), 0.2)));
  EXPECT_TRUE(std::isinf(needed_examples(paired_mean_power(1), 0)));
}

TEST(PowerTest, SystemsThatAgreeMoreHaveFewerDiscordantPairs) {
  EXPECT_NEAR(expected_discordance(0.8, 0.7, 0), 0.8 * 0.3 + 0.7 * 0.2, 1e-15);
  EXPECT_LT(expected_discordance(0.8, 0.7, 0.5), expected_discordance(0.8, 0.7, 0));
  EXPECT_NEAR(expected_discordance(0.8, 0.7, 1), 0.1, 1e-15) << "at least the difference itself";
}

TEST(PowerTest, ADifferenceByRoundingIsNeverFound) {
  EXPECT_TRUE(std::isinf(needed_examples(paired_mean_power(0.1), 5e-17)));
  EXPECT_TRUE(std::isinf(needed_examples(paired_proportion_power(0.3), 5e-17)));
}

TEST(PowerTest, AnEnormousEffectIsCertainToBeFound) {
  EXPECT_EQ(paired_mean_power(1e-20).of(0.001, 240), 1);
  EXPECT_EQ(needed_examples(paired_mean_power(1e-20), 0.001), 2);
}

}  // namespace
}  // namespace assay::stats
