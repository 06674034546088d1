#include "stats/distributions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace assay::stats {
namespace {

// Student's t, its noncentral form and coins are compared with SciPy through the tests that stand on them.

TEST(DistributionsTest, NormalQuantilesAgreeWithPython) {
  // statistics.NormalDist().inv_cdf of Python 3.11.
  const std::vector<std::pair<double, double>> expected{{1e-12, -7.034483825301132},
                                                        {1e-6, -4.753424308822899},
                                                        {0.025, -1.9599639845400538},
                                                        {0.3, -0.5244005127080407},
                                                        {0.5, 0.0},
                                                        {0.975, 1.9599639845400536},
                                                        {0.999, 3.090232306167813}};
  for (const auto& [p, value] : expected) EXPECT_NEAR(normal_quantile(p), value, 1e-12) << p;
}

TEST(DistributionsTest, StudentsTBecomesNormal) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_NEAR(t_quantile(0.975, infinity), normal_quantile(0.975), 1e-12);
  EXPECT_NEAR(t_cdf(1.2, 1e12), normal_cdf(1.2), 1e-9);
  EXPECT_EQ(t_cdf(-infinity, 5), 0);
}

TEST(DistributionsTest, OutsideItsDomainAFunctionIsNaN) {
  EXPECT_TRUE(std::isnan(t_quantile(0.975, 0)));
  EXPECT_TRUE(std::isnan(t_cdf(1, -2)));
  EXPECT_TRUE(std::isnan(normal_quantile(1.5)));
}

TEST(DistributionsTest, CoinsAddUp) {
  EXPECT_DOUBLE_EQ(fair_coins_cdf(1, 3), 0.5);
  EXPECT_DOUBLE_EQ(fair_coins_pmf(2, 4), 6 / 16.0);
  EXPECT_EQ(fair_coins_cdf(0, 0), 1);
  EXPECT_EQ(fair_coins_cdf(-1, 3), 0);
}

}  // namespace
}  // namespace assay::stats
