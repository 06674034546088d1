#include "stats/comparison.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "stats/distributions.h"
#include "stats/power.h"
#include "stats/proportions.h"
#include "stats/resampled.h"

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
  EXPECT_DOUBLE_EQ(detectable_effect(first, second, {}, 300, 0.05),
                   detectable_difference(paired_proportion_power(0.2), 300));

  std::vector<double> resampled;  // of 300 differences with a standard deviation of 2
  for (int i = 0; i < 9999; ++i) resampled.push_back(2 / std::sqrt(300) * normal_quantile((i + 0.5) / 9999));
  EXPECT_NEAR(detectable_effect({}, {}, resampled, 300, 0.05), detectable_difference(paired_mean_power(2), 300), 1e-3);
}

TEST(ComparisonTest, SystemsThatNeverDifferLeaveTheDetectableEffectUnknown) {
  const std::vector<double> same(50, 1);
  EXPECT_TRUE(std::isnan(detectable_effect(same, same, std::vector<double>(100, 0.0), 50, 0.05)));
  EXPECT_TRUE(std::isnan(detectable_effect({}, {}, std::vector<double>(100, 0.0), 50, 0.05)));
}

}  // namespace
}  // namespace assay::stats
