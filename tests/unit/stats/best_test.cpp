#include "stats/best.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

namespace assay::stats {
namespace {

using Places = std::vector<std::size_t>;

TEST(BestTest, IsTheFirstOfEqualsAndNeverANaN) {
  EXPECT_EQ(best(std::vector<double>{std::nan(""), 2, 5, 5}, Better::higher), 2U);
  EXPECT_EQ(best(std::vector<double>{std::nan(""), 2, 5, 5}, Better::lower), 1U);
  EXPECT_EQ(best(std::vector<double>{std::nan("")}, Better::lower), 1U);
}

TEST(TiedBestTest, HoldsThoseThatHolmDoesNotTellFromTheBest) {
  // Against the best, place 1: p = 0.02, 0.03, 0.9. Holm: 0.06, 0.06, 0.9; unadjusted, two would have fallen out.
  const std::vector<double> values{0.7, 0.8, 0.71, 0.79};
  const std::vector<double> p_values{0.02, 0, 0.03, 0.9};
  const auto p_value = [&](std::size_t top, std::size_t other) {
    EXPECT_EQ(top, 1U);
    return p_values[other];
  };
  EXPECT_EQ(tied_best(values, Better::higher, p_value), (Places{0, 1, 2, 3}));
  EXPECT_EQ(tied_best(values, Better::higher, p_value, 0.1), (Places{1, 3}));
}

TEST(TiedBestTest, WhatCouldNotBeTestedIsNotShownToBeWorse) {
  const auto unknown = [](std::size_t, std::size_t) { return std::nan(""); };
  EXPECT_EQ(tied_best(std::vector<double>{1, std::nan(""), 2}, Better::higher, unknown), (Places{0, 2}));
  EXPECT_TRUE(tied_best({}, Better::higher, unknown).empty());
}

constexpr std::array kQualityAndCost{Better::higher, Better::lower};

TEST(ParetoTest, TheFrontHoldsWhatNothingDominates) {
  const std::vector<double> points{0.9, 5, /**/ 0.8, 1, /**/ 0.8, 2, /**/ 0.9, 5, /**/ 0.95, std::nan("")};
  EXPECT_EQ(pareto_front(points, kQualityAndCost), (std::vector<bool>{true, true, false, true, false}));
}

TEST(ParetoTest, SharesCountTheResamplesInWhichAPointIsOnTheFront) {
  const std::vector<double> resampled{0.9, 5, 0.8, 1, /**/ 0.7, 5, 0.8, 1, /**/ 0.9, 5, 0.8, 1, /**/ 0.9, 5, 0.8, 1};
  EXPECT_EQ(front_shares(resampled, 2, kQualityAndCost), (std::vector<double>{0.75, 1}));
}

}  // namespace
}  // namespace assay::stats
