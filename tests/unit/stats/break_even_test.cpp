#include "stats/break_even.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "stats/summary.h"

namespace assay::stats {
namespace {

using When = BreakEven::When;

TEST(BreakEvenTest, TrainingIsRepaidByWhatEachRequestSaves) {
  // $300 of training; $0.20 instead of $0.80 a thousand requests: 300 / (0.0008 - 0.0002) = 500,000.
  const BreakEven found = break_even({300, 0.0002, 0}, {0, 0.0008, 0});
  EXPECT_EQ(found.when, When::from);
  EXPECT_NEAR(found.requests, 500'000, 1e-6);
  EXPECT_NEAR(Spending({300, 0.0002, 0}).total(500'000, 0), Spending({0, 0.0008, 0}).total(500'000, 0), 1e-9)
      << "400 dollars each";
}

TEST(BreakEvenTest, WhatWasSpentOnThePromptCountsAgainstIt) {
  // A search of $100: (300 - 100) / 0.0006 = 333,333.3
  EXPECT_NEAR(break_even({300, 0.0002, 0}, {100, 0.0008, 0}).requests, 333'333.333, 1e-3);
}

TEST(BreakEvenTest, AZeroDenominatorIsNeverOrAtOnce) {
  EXPECT_EQ(break_even({300, 0.0002, 0}, {0, 0.0002, 0}).when, When::never);
  EXPECT_EQ(break_even({0, 0.0002, 0}, {0, 0.0002, 0}).when, When::at_once);
  EXPECT_EQ(break_even({0, 0.0001, 0}, {0, 0.0002, 0}).when, When::at_once);
}

TEST(BreakEvenTest, ANegativeDenominatorIsNeverRepaidAndACheapBeginningEnds) {
  EXPECT_EQ(break_even({300, 0.0008, 0}, {0, 0.0002, 0}).when, When::never);
  // $50 less to begin with, $0.0005 more a request: less until 50 / 0.0005 = 100,000.
  const BreakEven found = break_even({0, 0.0007, 0}, {50, 0.0002, 0});
  EXPECT_EQ(found.when, When::until);
  EXPECT_NEAR(found.requests, 100'000, 1e-6);
}

TEST(BreakEvenTest, HostingByTheHourNeedsARate) {
  const Spending hosted{100, 0.0001, 2}, prompted{0, 0.0005, 0};
  // 10,000 requests an hour carry $0.0002 of hosting each: saving 0.0004 - 0.0002; 100 / 0.0002 = 500,000.
  EXPECT_NEAR(break_even(hosted, prompted, 10'000).requests, 500'000, 1e-6);
  // 4,000 an hour carry $0.0005: nothing is saved. The rate at which saving begins: 2 / 0.0004 = 5,000.
  const BreakEven slow = break_even(hosted, prompted, 4'000);
  EXPECT_EQ(slow.when, When::above_rate);
  EXPECT_NEAR(slow.requests_per_hour, 5'000, 1e-9);
  EXPECT_EQ(break_even(hosted, prompted).when, When::above_rate) << "no rate is known";
  EXPECT_EQ(break_even({100, 0.0006, 2}, prompted, 10'000).when, When::never);
  EXPECT_EQ(break_even({100, 0.0001, 2}, {0, 0.0005, 2}).when, When::from) << "both are hosted: the hours cancel out";
}

TEST(BreakEvenTest, TheIntervalComesFromTheExamplesInPairs) {
  // Costs that move together: the saving is 0.0004 for every example, so N* is the same in every resample.
  std::vector<double> a, b;
  for (int i = 0; i < 100; ++i) {
    a.push_back(0.0001 * (1 + i % 7));
    b.push_back(a.back() + 0.0004);
  }
  const Spending tuned{100, mean(a), 0}, prompted{0, mean(b), 0};
  const auto exact = break_even_interval(tuned, a, prompted, b, 0, 0.95, 500, 1);
  EXPECT_NEAR(exact.low, 250'000, 1e-3);
  EXPECT_NEAR(exact.high, 250'000, 1e-3);
  EXPECT_LE(exact.low, break_even(tuned, prompted).requests) << "no rounding between the interval and its middle";
  EXPECT_GE(exact.high, break_even(tuned, prompted).requests);
  EXPECT_EQ(exact.never, 0);
  // A saving of +0.001 or -0.0009 by turns: 0.00005 on average, and its sign is not known.
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = a[i] + (i % 2 == 0 ? 0.001 : -0.0009);
  const auto wide = break_even_interval(tuned, a, {0, mean(b), 0}, b, 0, 0.95, 2000, 1);
  EXPECT_TRUE(std::isinf(wide.high));
  EXPECT_LT(wide.low, 2'000'000);
  EXPECT_GT(wide.never, 0.2);
  EXPECT_LT(wide.never, 0.4);  // P(mean <= 0) of 100 draws: about P(Z < -0.53) = 0.30
  EXPECT_THROW(break_even_interval({}, a, {}, std::vector<double>{1}, 0, 0.95, 10, 1), std::invalid_argument);
}

}  // namespace
}  // namespace assay::stats
