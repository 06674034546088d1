#include "stats/randomisation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "stats/proportions.h"
#include "unit/stats/samples.h"

namespace assay::stats {
namespace {

double mean_p_value(const std::vector<double>& first, const std::vector<double>& second, const Resampling& resampling) {
  return randomisation_p_values({first}, {second}, 1, mean_from_sums, resampling).at(0);
}

TEST(RandomisationTest, OfZerosAndOnesIsTheExactMcNemarTest) {
  const std::vector<double> first = coins(80, 0.7, 1), second = coins(80, 0.55, 2);
  const double exact = mcnemar_exact(discordance(first, second));
  const double ours = mean_p_value(first, second, {.resamples = 40000, .seed = 3});
  EXPECT_NEAR(ours, exact, 5 * std::sqrt(exact * (1 - exact) / 40000));
}

TEST(RandomisationTest, OfFewExamplesIsTheEnumerationOfAllExchanges) {
  // Differences 1, 2, 4, 8 in all 16 signs: only the observed sum and its mirror reach 15, so p → 2/16.
  const double ours = mean_p_value({1, 2, 4, 8}, {0, 0, 0, 0}, {.resamples = 40000, .seed = 5});
  EXPECT_NEAR(ours, 2 / 16.0, 0.008);
}

TEST(RandomisationTest, EqualSystemsDoNotDiffer) {
  const std::vector<double> scores = normal_values(30, 0, 0, 8);
  EXPECT_EQ(mean_p_value(scores, scores, {.resamples = 99, .seed = 1}), 1);
}

TEST(RandomisationTest, IsNeverZero) {
  EXPECT_DOUBLE_EQ(
      mean_p_value(std::vector<double>(100, 1), std::vector<double>(100, 0), {.resamples = 999, .seed = 1}),
      1.0 / 1000);
}

TEST(RandomisationTest, TheNumberOfThreadsChangesNothing) {
  const std::vector<double> first = normal_values(70, 0.2, 0, 1), second = normal_values(70, 0, 0, 2);
  const double one = mean_p_value(first, second, {.resamples = 501, .seed = 4, .threads = 1});
  for (const int threads : {2, 5})
    EXPECT_EQ(mean_p_value(first, second, {.resamples = 501, .seed = 4, .threads = threads}), one);
}

TEST(RandomisationTest, ClustersAreExchangedAsWholes) {
  // Two clusters, each better by the same: 4 exchanges, of which 2 reach the difference. Alone, ten examples would give
  // 2/1024.
  const std::vector<double> first(10, 1), second(10, 0);
  const Clusters clusters{{0, 0, 0, 0, 0, 1, 1, 1, 1, 1}, 2};
  const ClusteredSample a = sum_by_cluster({first}, clusters), b = sum_by_cluster({second}, clusters);
  EXPECT_NEAR(randomisation_p_values(a.view(), b.view(), 1, mean_from_sums, {.resamples = 20000, .seed = 1}).at(0), 0.5,
              0.02);
}

TEST(RandomisationTest, AnUndefinedDifferenceHasNoPValue) {
  const FromSums undefined = [](std::span<const double>, double, std::span<double> out) { out[0] = std::nan(""); };
  const std::vector<double> scores(5, 1);
  EXPECT_TRUE(std::isnan(randomisation_p_values({scores}, {scores}, 1, undefined, {}).at(0)));
}

TEST(RandomisationTest, SystemsOverOtherExamplesAreRefused) {
  EXPECT_THROW((void)mean_p_value({1, 2}, {1}, {}), std::invalid_argument);
}

}  // namespace
}  // namespace assay::stats
