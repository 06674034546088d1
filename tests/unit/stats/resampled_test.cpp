#include "stats/resampled.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "stats/bootstrap.h"
#include "stats/distributions.h"
#include "unit/stats/reference.h"
#include "unit/stats/samples.h"

namespace assay::stats {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(PercentileIntervalTest, LeavesNaNsOutAndInterpolates) {
  std::vector<double> values{kNaN};
  for (int i = 100; i >= 0; --i) values.push_back(i);
  const Interval interval = percentile_interval(values, 0.95);
  EXPECT_NEAR(interval.low, 2.5, 1e-12);
  EXPECT_NEAR(interval.high, 97.5, 1e-12);
  EXPECT_TRUE(std::isnan(percentile_interval(std::vector<double>{kNaN}, 0.95).low));
}

TEST(PercentileIntervalTest, OfAFewNormalUnitsIsStudentsInterval) {
  // Means of 20 units resampled without noise: the quantiles of a normal whose deviation is the plug-in one,
  // s·√((n-1)/n)/√n.
  const std::size_t units = 20;
  const double plug_in = std::sqrt(19 / 20.0) / std::sqrt(20.0);
  std::vector<double> resampled;
  for (int i = 0; i < 100001; ++i) resampled.push_back(plug_in * normal_quantile((i + 0.5) / 100001));
  const double expected = t_quantile(0.975, 19) / std::sqrt(20.0);
  const Interval interval = percentile_interval(resampled, 0.95, units);
  EXPECT_NEAR(interval.low, -expected, 1e-3);
  EXPECT_NEAR(interval.high, expected, 1e-3);
  EXPECT_LT(percentile_interval(resampled, 0.95).high, interval.high);
}

TEST(PercentileIntervalTest, OfOneUnitIsAllThatWasSeen) {
  const Interval interval = percentile_interval(std::vector<double>{3, 1, 2}, 0.95, 1);
  EXPECT_EQ(interval.low, 1);
  EXPECT_EQ(interval.high, 3);
}

TEST(BcaIntervalTest, AgreesWithScipyOverTheSameResamples) {
  std::vector<Json> questions;
  std::vector<Interval> ours;
  for (const std::size_t n : {15U, 60U, 300U}) {
    std::vector<double> values = normal_values(n, 0, 0, n);
    for (double& v : values) v = std::exp(v);  // skewed, so that both corrections matter
    const std::vector<double> resampled = bootstrap({values}, 1, mean_from_sums, {.resamples = 999, .seed = n});
    for (const double confidence : {0.9, 0.95}) {
      questions.push_back(
          {{"function", "bca"}, {"values", values}, {"resampled", resampled}, {"confidence", confidence}});
      ours.push_back(bca_interval(resampled, mean(values), jackknife({values}, 1, mean_from_sums), confidence));
    }
  }
  const std::vector<Json> answers = ask_reference(questions);
  for (std::size_t i = 0; i < questions.size(); ++i) expect_interval(answers[i], ours[i].low, ours[i].high, 1e-9);
}

TEST(BcaIntervalTest, OfEqualValuesIsThatValue) {
  const std::vector<double> ones(20, 1.0);
  const Interval interval = bca_interval(std::vector<double>(100, 1.0), 1, jackknife({ones}, 1, mean_from_sums), 0.95);
  EXPECT_EQ(interval.low, 1);
  EXPECT_EQ(interval.high, 1);
  EXPECT_TRUE(std::isnan(bca_interval(std::vector<double>{kNaN}, 1, ones, 0.95).low));
}

TEST(BcaIntervalTest, ResamplesThatEqualTheValueButForRoundingCountHalf) {
  const std::vector<double> resampled{0.1 + 0.2, 0.3, 0.2, 0.4}, no_acceleration(4, 0.3);
  const Interval interval = bca_interval(resampled, 0.3, no_acceleration, 0.5),
                 plain = percentile_interval(resampled, 0.5);
  EXPECT_NEAR(interval.low, plain.low, 1e-12);
  EXPECT_NEAR(interval.high, plain.high, 1e-12);
}

TEST(BootstrapPValueTest, CountsTheResamplesAsFarFromTheDifferenceAsZeroIsAndItself) {
  std::vector<double> differences(999, 1.0);
  EXPECT_DOUBLE_EQ(bootstrap_p_value(1, differences), 1.0 / 1000);
  for (std::size_t i = 0; i < 10; ++i) differences[i] = -0.5;
  for (std::size_t i = 10; i < 15; ++i) differences[i] = 2;
  differences[15] = 1.9;
  EXPECT_DOUBLE_EQ(bootstrap_p_value(1, differences), 16.0 / 1000);
}

TEST(BootstrapPValueTest, OfAFewUnitsGrowsAsTheirIntervalDoes) {
  std::vector<double> resampled;
  for (int i = 0; i < 9999; ++i) resampled.push_back(1 + normal_quantile((i + 0.5) / 9999) / 2);
  const Interval interval = percentile_interval(resampled, 0.95, 20);
  for (double& d : resampled) d -= interval.low;  // 0 now lies on the interval's end
  EXPECT_NEAR(bootstrap_p_value(1 - interval.low, resampled, 20), 0.05, 0.002);
  EXPECT_LT(bootstrap_p_value(1 - interval.low, resampled), 0.04);
}

TEST(BootstrapPValueTest, NoDifferenceAtAllIsOne) { EXPECT_EQ(bootstrap_p_value(0, std::vector<double>(50, 0.0)), 1); }

TEST(BootstrapPValueTest, WhatIsUndefinedIsLeftOut) {
  EXPECT_DOUBLE_EQ(bootstrap_p_value(1, std::vector<double>{1, kNaN, 0, 1}), 2.0 / 4);
  EXPECT_TRUE(std::isnan(bootstrap_p_value(1, std::vector<double>{kNaN})));
  EXPECT_TRUE(std::isnan(bootstrap_p_value(kNaN, std::vector<double>{1})));
}

}  // namespace
}  // namespace assay::stats
