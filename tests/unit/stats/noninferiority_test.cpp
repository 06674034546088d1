#include "stats/noninferiority.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <stdexcept>

#include "stats/multiple_comparisons.h"

namespace assay::stats {
namespace {

constexpr double kLevel = 0.05;

/// Two versions over the same examples: the second loses a share of what the first got right and gains a share of the
/// rest.
std::pair<std::vector<double>, std::vector<double>> versions(std::mt19937& generator, std::size_t n, double right,
                                                             double lost, double gained) {
  std::uniform_real_distribution<double> uniform(0, 1);
  std::vector<double> before(n), after(n);
  for (std::size_t i = 0; i < n; ++i) {
    before[i] = uniform(generator) < right ? 1 : 0;
    after[i] = before[i] == 1 ? (uniform(generator) < lost ? 0 : 1) : (uniform(generator) < gained ? 1 : 0);
  }
  return {before, after};
}

bool fires(const std::vector<Change>& changes, double margin) {
  std::vector<double> p_values;
  for (const Change& change : changes) p_values.push_back(change.p_value);
  const std::vector<double> adjusted = holm(p_values);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (changes[i].is_worse(margin, adjusted[i], kLevel)) return true;
  }
  return false;
}

/// Share of gates over six cells that fire.
double alarms(int gates, std::size_t n, double lost, double gained, double margin) {
  std::mt19937 generator(17);
  int fired = 0;
  for (int i = 0; i < gates; ++i) {
    std::vector<Change> changes;
    for (int cell = 0; cell < 6; ++cell) {
      const auto [before, after] = versions(generator, n, 0.8, lost, gained);
      changes.push_back(paired_change(before, after, margin, 0.95));
    }
    fired += fires(changes, margin) ? 1 : 0;
  }
  return static_cast<double>(fired) / gates;
}

TEST(NoninferiorityTest, NoiseRaisesFalseAlarmsInAtMostSixOfAHundredGates) {
  EXPECT_LE(alarms(2000, 200, 0.05, 0.2, 0), 0.06) << "as many gained as lost: 0.8 * 0.05 = 0.2 * 0.2";
  EXPECT_LE(alarms(2000, 50, 0.05, 0.2, 0), 0.06);
  EXPECT_LE(alarms(2000, 400, 0.075, 0.2, 0.02), 0.06) << "the drop is just what is allowed";
}

TEST(NoninferiorityTest, MeansOfSeedsRaiseNoMoreFalseAlarms) {
  std::mt19937 generator(5);
  std::normal_distribution<double> normal;
  int fired = 0;
  for (int i = 0; i < 2000; ++i) {
    std::vector<Change> changes;
    for (int cell = 0; cell < 4; ++cell) {
      std::vector<double> before(60), after(60);
      for (std::size_t k = 0; k < before.size(); ++k)
        before[k] = normal(generator), after[k] = before[k] + 0.5 * normal(generator);
      changes.push_back(paired_change(before, after, 0, 0.95));
    }
    fired += fires(changes, 0) ? 1 : 0;
  }
  EXPECT_LE(fired, 120);
}

TEST(NoninferiorityTest, ARealDropIsFound) {
  EXPECT_GE(alarms(200, 400, 0.2, 0.05, 0), 0.99);
  EXPECT_GE(alarms(200, 400, 0.3, 0.05, 0.05), 0.99);
}

TEST(NoninferiorityTest, ADropWithinTheMarginIsNone) { EXPECT_LE(alarms(500, 400, 0.1, 0.2, 0.1), 0.01); }

TEST(NoninferiorityTest, TangosTestWithoutAMarginIsMcNemars) {
  const double z = (12.0 - 5.0) / std::sqrt(17.0);
  EXPECT_NEAR(tango_p_value({12, 5}, 100, 0), std::erfc(z / std::sqrt(2.0)), 1e-12);
}

TEST(NoninferiorityTest, PairsThatAllDifferTheSameWayAreJudged) {
  const std::vector<double> before(30, 1.0), after(30, 0.0);
  const Change with_margin = paired_change(before, after, 0.01, 0.95);
  EXPECT_TRUE(with_margin.is_worse(0.01, with_margin.p_value, kLevel));
  const std::vector<double> graded(30, 0.7), lower(30, 0.5);
  const Change even = paired_change(graded, lower, 0.1, 0.95);
  EXPECT_EQ(even.test, "sign");
  EXPECT_TRUE(even.is_worse(0.1, even.p_value, kLevel));
}

TEST(NoninferiorityTest, OnePairSaysNothing) {
  const std::vector<double> before{1}, after{0};
  const Change change = paired_change(before, after, 0, 0.95);
  EXPECT_TRUE(std::isnan(change.p_value));
  EXPECT_TRUE(std::isnan(change.interval.low));
  EXPECT_FALSE(change.is_worse(0, change.p_value, kLevel));
}

TEST(NoninferiorityTest, CorpusValuesAreJudgedByTheSameResamples) {
  std::mt19937 generator(3);
  std::normal_distribution<double> normal(0, 0.01);
  std::vector<double> before(1000), after(1000);
  for (std::size_t i = 0; i < before.size(); ++i)
    before[i] = 0.8 + normal(generator), after[i] = before[i] - 0.05 + 0.3 * normal(generator);
  const Change change = resampled_change(-0.05, before, after, 0.02, 500, 0.95);
  EXPECT_TRUE(change.is_worse(0.02, change.p_value, kLevel));
  EXPECT_LT(change.interval.high, -0.02);
  const Change within = resampled_change(-0.05, before, after, 0.06, 500, 0.95);
  EXPECT_FALSE(within.is_worse(0.06, within.p_value, kLevel));
}

TEST(NoninferiorityTest, PairsMustBePairs) {
  const std::vector<double> two{1, 0}, one{1};
  EXPECT_THROW((void)paired_change(two, one, 0, 0.95), std::invalid_argument);
  EXPECT_THROW((void)paired_change(two, two, -1, 0.95), std::invalid_argument);
}

}  // namespace
}  // namespace assay::stats
