#include "stats/summary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace assay::stats {
namespace {

// Reference values: numpy.quantile, .mean and .std(ddof=1) of NumPy 1.24 over [3.1, -2, 7.5, 0.25, 4, 4, 9.125];
// statistics.NormalDist().inv_cdf of Python 3.11; Wilson's bounds as numpy.roots of (p̂ - t)² = z² t(1 - t)/n.
const std::vector<double> kSorted{-2, 0.25, 3.1, 4, 4, 7.5, 9.125};

TEST(SummaryTest, QuantilesAgreeWithNumPy) {
  const std::vector<std::pair<double, double>> expected{{0, -2.0},   {0.025, -1.6625}, {0.1, -0.65}, {0.5, 4.0},
                                                        {0.9, 8.15}, {0.975, 8.88125}, {1, 9.125}};
  for (const auto& [q, value] : expected) EXPECT_NEAR(quantile(kSorted, q), value, 1e-12) << q;
}

TEST(SummaryTest, AQuantileBesideAnInfiniteValueStaysFinite) {
  const std::vector<double> values{1, 2, std::numeric_limits<double>::infinity()};
  EXPECT_EQ(quantile(values, 0.5), 2);
  EXPECT_TRUE(std::isinf(quantile(values, 0.75)));
}

TEST(SummaryTest, NoValuesHaveNoQuantileAndNoMean) {
  EXPECT_TRUE(std::isnan(quantile({}, 0.5)));
  EXPECT_TRUE(std::isnan(mean({})));
}

TEST(SummaryTest, MeanAndStandardDeviationAgreeWithNumPy) {
  EXPECT_NEAR(mean(kSorted), 3.710714285714286, 1e-14);
  EXPECT_NEAR(standard_deviation(kSorted), 3.847127097557592, 1e-14);
}

TEST(SummaryTest, OneValueHasNoStandardDeviation) {
  EXPECT_TRUE(std::isnan(standard_deviation(std::vector<double>{1.0})));
}

TEST(SummaryTest, NormalQuantilesAgreeWithPython) {
  const std::vector<std::pair<double, double>> expected{{1e-12, -7.034483825301132},
                                                        {1e-6, -4.753424308822899},
                                                        {0.025, -1.9599639845400538},
                                                        {0.3, -0.5244005127080407},
                                                        {0.5, 0.0},
                                                        {0.975, 1.9599639845400536},
                                                        {0.999, 3.090232306167813}};
  for (const auto& [p, value] : expected) EXPECT_NEAR(normal_quantile(p), value, 1e-12) << p;
}

TEST(SummaryTest, WilsonAgreesWithTheRootsOfItsEquation) {
  const Interval none = wilson(0, 10, 0.95), most = wilson(7, 10, 0.95), half = wilson(150, 300, 0.99);
  EXPECT_NEAR(none.low, 0, 1e-12);
  EXPECT_NEAR(none.high, 0.27753279986288915, 1e-12);
  EXPECT_NEAR(most.low, 0.39677814746114526, 1e-12);
  EXPECT_NEAR(most.high, 0.892208732593699, 1e-12);
  EXPECT_NEAR(half.low, 0.42645108086175487, 1e-12);
  EXPECT_NEAR(half.high, 0.5735489191382451, 1e-12);
}

TEST(SummaryTest, WilsonStaysWithinZeroAndOne) {
  const Interval all = wilson(300, 300, 0.95), nothing_tried = wilson(0, 0, 0.95);
  EXPECT_NEAR(all.low, 0.9873570287754683, 1e-12);
  EXPECT_LE(all.high, 1);
  EXPECT_NEAR(all.high, 1, 1e-12);
  EXPECT_EQ(nothing_tried.low, 0);
  EXPECT_EQ(nothing_tried.high, 1);
}

}  // namespace
}  // namespace assay::stats
