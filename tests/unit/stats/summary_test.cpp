#include "stats/summary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace assay::stats {
namespace {

// Reference values: numpy.quantile, .mean and .std(ddof=1) of NumPy 1.24 over [3.1, -2, 7.5, 0.25, 4, 4, 9.125].
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

}  // namespace
}  // namespace assay::stats
