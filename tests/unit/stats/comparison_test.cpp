#include "stats/comparison.h"

#include <gtest/gtest.h>

#include <vector>

#include "stats/bootstrap.h"
#include "stats/proportions.h"
#include "stats/resampled.h"

namespace assay::stats {
namespace {

const std::vector<double> kResampled{0.1, 0.2, 0.3};

TEST(ComparisonTest, ProportionsHaveWilsonsIntervalAndMcNemarsTest) {
  const std::vector<double> first{1, 1, 1, 0}, second{1, 0, 0, 0};
  EXPECT_EQ(value_interval(first, kResampled, 0.95).low, wilson(3, 4, 0.95).low);
  const PairedTest test = paired_test(first, second, 0.5, kResampled);
  EXPECT_EQ(test.name, "mcnemar_mid_p");
  EXPECT_EQ(test.p_value, mcnemar_mid_p({2, 0}));
}

TEST(ComparisonTest, AllRightIsNotCertainty) {
  EXPECT_LT(value_interval(std::vector<double>(20, 1.0), std::vector<double>(100, 1.0), 0.95).low, 0.9);
}

TEST(ComparisonTest, AllElseIsResampled) {
  for (const std::vector<double>& scores : {std::vector<double>{}, std::vector<double>{0.5, 1, 0, 1}}) {
    EXPECT_EQ(value_interval(scores, kResampled, 0.9).high, percentile_interval(kResampled, 0.9).high);
    const PairedTest test = paired_test(scores, scores, 0.2, kResampled);
    EXPECT_EQ(test.name, "paired_bootstrap");
    EXPECT_EQ(test.p_value, bootstrap_p_value(0.2, kResampled));
  }
}

}  // namespace
}  // namespace assay::stats
