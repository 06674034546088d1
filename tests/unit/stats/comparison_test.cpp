#include "stats/comparison.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "stats/distributions.h"
#include "stats/estimate.h"
#include "stats/power.h"
#include "stats/proportions.h"
#include "stats/randomisation.h"
#include "stats/resampled.h"
#include "stats/signed_ranks.h"

namespace assay::stats {
namespace {

const std::vector<double> kResampled{-0.1, 0.2, 0.3};

TEST(ComparisonTest, ProportionsHaveWilsonsIntervalAndMcNemarsTest) {
  const std::vector<double> first{1, 1, 1, 0}, second{1, 0, 0, 0};
  EXPECT_EQ(value_interval(first, kResampled, 4, 0.95).low, wilson(3, 4, 0.95).low);
  const PairedTest test = paired_test(first, second, 0.5, kResampled, 4);
  EXPECT_EQ(test.name, "mcnemar_mid_p");
  EXPECT_EQ(test.p_value, mcnemar_mid_p({2, 0}));
}

TEST(ComparisonTest, AllRightIsNotCertainty) {
  EXPECT_LT(value_interval(std::vector<double>(20, 1.0), std::vector<double>(100, 1.0), 20, 0.95).low, 0.9);
}

TEST(ComparisonTest, AllElseIsResampled) {
  for (const std::vector<double>& scores : {std::vector<double>{}, std::vector<double>{0.5, 1, 0, 1}}) {
    EXPECT_EQ(value_interval(scores, kResampled, 4, 0.9).high, percentile_interval(kResampled, 0.9, 4).high);
    const PairedTest test = paired_test(scores, scores, 0.2, kResampled, 4);
    EXPECT_EQ(test.name, "paired_bootstrap");
    EXPECT_EQ(test.p_value, bootstrap_p_value(0.2, kResampled, 4));
  }
}

TEST(ComparisonTest, ADifferenceBeyondAllResamplesIsJudgedByTheirSpread) {
  std::vector<double> resampled;  // of 200 examples, with a standard error of 0.01
  for (int i = 0; i < 999; ++i)
    resampled.push_back(0.06 + 0.01 * std::sqrt(199 / 200.0) * normal_quantile((i + 0.5) / 999));
  const double p = paired_test({}, {}, 0.06, resampled, 200).p_value;
  EXPECT_NEAR(p / (2 * t_cdf(-6, 199)), 1, 0.2);
  EXPECT_EQ(paired_test({}, {}, 0.06, std::vector<double>(999, 0.06), 200).p_value, 0.001) << "no spread to judge by";
}

TEST(ComparisonTest, TheDetectableEffectComesFromTheSpreadAtHand) {
  std::vector<double> first(300, 1), second(300, 1);
  for (std::size_t i = 0; i < 60; ++i) (i % 2 == 0 ? first : second)[i] = 0;
  EXPECT_DOUBLE_EQ(reach(first, second, 0, {}, 300, 0.05).detectable,
                   detectable_difference(paired_proportion_power(0.2), 300));

  std::vector<double> resampled;  // of 300 differences with a standard deviation of 2
  for (int i = 0; i < 9999; ++i) resampled.push_back(2 / std::sqrt(300) * normal_quantile((i + 0.5) / 9999));
  EXPECT_NEAR(reach({}, {}, 0, resampled, 300, 0.05).detectable, detectable_difference(paired_mean_power(2), 300),
              1e-3);
}

TEST(ComparisonTest, SystemsThatNeverDifferLeaveTheDetectableEffectUnknown) {
  const std::vector<double> same(50, 1);
  EXPECT_TRUE(std::isnan(reach(same, same, 0, std::vector<double>(100, 0.0), 50, 0.05).detectable));
  EXPECT_TRUE(std::isnan(reach({}, {}, 0, std::vector<double>(100, 0.0), 50, 0.05).detectable));
}

TEST(ComparisonTest, AChosenTestIsMadeOfTheScores) {
  const std::vector<double> first{1, 1, 1, 1, 1, 0, 1, 1, 0, 1}, second{0, 1, 0, 0, 1, 0, 1, 0, 1, 0};
  std::vector<double> differences;
  for (std::size_t i = 0; i < first.size(); ++i) differences.push_back(first[i] - second[i]);
  const auto p = [&](TestKind test) { return chosen_test(test, first, second, nullptr, {}).value().p_value; };
  EXPECT_EQ(p(TestKind::mcnemar_mid_p), mcnemar_mid_p({5, 1}));
  EXPECT_EQ(p(TestKind::mcnemar_exact), mcnemar_exact({5, 1}));
  EXPECT_EQ(p(TestKind::sign), sign_test(differences));
  EXPECT_EQ(p(TestKind::wilcoxon), wilcoxon_signed_rank(differences));
  EXPECT_EQ(p(TestKind::paired_t), estimate_mean(differences).p_value());
  EXPECT_EQ(p(TestKind::randomisation), randomisation_p_values({first, 1}, {second, 1}, 1, mean_from_sums, {}).front());
  EXPECT_FALSE(chosen_test(TestKind::automatic, first, second, nullptr, {}));
  EXPECT_FALSE(chosen_test(TestKind::paired_bootstrap, first, second, nullptr, {}));
}

TEST(ComparisonTest, WhatAChosenTestCannotJudgeItLeaves) {
  const std::vector<double> graded{0.5, 0.2, 1, 0}, right{1, 0, 1, 0}, undefined{1, std::nan(""), 0, 1};
  EXPECT_FALSE(chosen_test(TestKind::mcnemar_exact, graded, right, nullptr, {})) << "scores between 0 and 1";
  EXPECT_FALSE(chosen_test(TestKind::wilcoxon, {}, {}, nullptr, {})) << "a corpus metric";
  EXPECT_FALSE(chosen_test(TestKind::paired_t, undefined, right, nullptr, {}));
  const Clusters pairs{{0, 0, 1, 1}, 2};
  for (const TestKind test : {TestKind::wilcoxon, TestKind::sign, TestKind::mcnemar_mid_p, TestKind::mcnemar_exact})
    EXPECT_FALSE(chosen_test(test, right, graded, &pairs, {})) << "members of a cluster are not independent";
}

TEST(ComparisonTest, ClustersAreTestedWhole) {
  // Ten clusters of twenty equal differences: no more than ten are independent.
  std::vector<double> first, second(200);
  Clusters clusters{{}, 10};
  for (std::size_t i = 0; i < 200; ++i) {
    clusters.of.push_back(i / 20);
    first.push_back(i / 20 % 3 == 0 ? -0.2 : 0.3);
  }
  const auto p = [&](TestKind test, const Clusters* in) {
    return chosen_test(test, first, second, in, {.resamples = 4000}).value().p_value;
  };
  EXPECT_EQ(p(TestKind::paired_t, &clusters), estimate_mean(first, clusters).p_value());
  EXPECT_GT(p(TestKind::paired_t, &clusters), 20 * p(TestKind::paired_t, nullptr));
  EXPECT_GT(p(TestKind::randomisation, &clusters), 0.1);
  EXPECT_LT(p(TestKind::randomisation, nullptr), 0.001);
}

TEST(ComparisonTest, TheNeededExamplesWouldFindTheObservedDifference) {
  std::vector<double> first(300, 1), second(300, 1);
  for (std::size_t i = 0; i < 60; ++i) (i % 3 == 0 ? first : second)[i] = 0;
  const double needed = reach(first, second, 20.0 / 300, {}, 300, 0.05).needed;
  EXPECT_EQ(needed, needed_examples(paired_proportion_power(0.2), 20.0 / 300));
  EXPECT_GE(paired_proportion_power(0.2).of(20.0 / 300, needed), 0.8);
}

}  // namespace
}  // namespace assay::stats
