#include "stats/estimate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "unit/stats/reference.h"
#include "unit/stats/samples.h"

namespace assay::stats {
namespace {

TEST(EstimateTest, TheMeanOfDifferencesAgreesWithScipysPairedTTest) {
  std::vector<Json> questions;
  for (const std::size_t n : {2U, 5U, 30U, 500U})
    for (const double centre : {0.0, 0.2})
      questions.push_back(
          {{"function", "paired"}, {"differences", normal_values(n, centre, 0, 7 * n)}, {"confidence", 0.95}});
  const std::vector<Json> answers = ask_reference(questions);
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const Estimate ours = estimate_mean(questions[i]["differences"].get<std::vector<double>>());
    EXPECT_NEAR(ours.p_value(), answers[i]["t"].get<double>(), 1e-10);
    expect_interval(answers[i]["interval"], ours.interval(0.95).low, ours.interval(0.95).high, 1e-9);
  }
}

TEST(EstimateTest, TheDifferenceOfTwoSamplesAgreesWithScipysWelchTest) {
  std::vector<Json> questions;
  for (const std::size_t n : {3U, 40U, 300U}) {
    std::vector<double> wide = normal_values(2 * n, 0.3, 0, 3 * n);
    for (double& v : wide) v *= 4;
    questions.push_back(
        {{"function", "welch"}, {"first", wide}, {"second", normal_values(n, 0, 0, n)}, {"confidence", 0.9}});
  }
  const std::vector<Json> answers = ask_reference(questions);
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const Estimate ours = estimate_difference(questions[i]["first"].get<std::vector<double>>(),
                                              questions[i]["second"].get<std::vector<double>>());
    EXPECT_NEAR(ours.p_value(), answers[i]["p"].get<double>(), 1e-10);
    expect_interval(answers[i]["interval"], ours.interval(0.9).low, ours.interval(0.9).high, 1e-9);
  }
}

TEST(ClusteredEstimateTest, AgreesWithStatsmodelsClusteredRegressionOnAConstant) {
  std::vector<Json> questions;
  for (const std::size_t clusters : {2U, 11U, 60U}) {
    std::vector<double> values = normal_values(7 * clusters, 0.1, 0, clusters);
    const std::vector<double> shared = normal_values(clusters, 0, 0, clusters + 1);
    std::vector<std::size_t> of;
    for (std::size_t i = 0; i < values.size(); ++i) of.push_back(i < clusters ? i : (i * i + 3 * i) % clusters);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += shared[of[i]];
    questions.push_back({{"function", "clustered_mean"}, {"values", values}, {"clusters", of}});
  }
  const std::vector<Json> answers = ask_reference(questions);
  for (std::size_t i = 0; i < questions.size(); ++i) {
    Clusters clusters{questions[i]["clusters"], 0};
    clusters.count = 1 + *std::max_element(clusters.of.begin(), clusters.of.end());
    const Estimate ours = estimate_mean(questions[i]["values"].get<std::vector<double>>(), clusters);
    EXPECT_NEAR(ours.value, answers[i]["value"].get<double>(), 1e-12);
    EXPECT_NEAR(ours.standard_error, answers[i]["error"].get<double>(), 1e-10);
    EXPECT_NEAR(ours.p_value(), answers[i]["p"].get<double>(), 1e-9);
    expect_interval(answers[i]["interval"], ours.interval(0.95).low, ours.interval(0.95).high, 1e-9);
  }
}

TEST(ClusteredEstimateTest, ClustersOfOneAreIndependentValues) {
  const std::vector<double> values = normal_values(40, 0, 0, 5);
  Clusters alone{std::vector<std::size_t>(40), 40};
  std::iota(alone.of.begin(), alone.of.end(), 0U);
  EXPECT_NEAR(estimate_mean(values, alone).standard_error, estimate_mean(values).standard_error, 1e-14);
}

TEST(ClusteredEstimateTest, OneClusterHasNoStandardError) {
  EXPECT_TRUE(std::isnan(estimate_mean(std::vector<double>{1, 2}, Clusters{{0, 0}, 1}).standard_error));
  EXPECT_THROW((void)estimate_mean(std::vector<double>{1, 2}, Clusters{{0}, 1}), std::invalid_argument);
}

TEST(ClustersTest, EqualLabelsAreOneCluster) {
  const std::vector<std::string> labels{"b", "a", "b", "", "a"};
  const Clusters clusters = Clusters::from(labels);
  EXPECT_EQ(clusters.of, (std::vector<std::size_t>{0, 1, 0, 2, 1}));
  EXPECT_EQ(clusters.count, 3U);
}

TEST(EstimateTest, OneValueHasNoIntervalAndNoTest) {
  const Estimate one = estimate_mean(std::vector<double>{3});
  EXPECT_EQ(one.value, 3);
  EXPECT_TRUE(std::isnan(one.interval(0.95).low));
  EXPECT_TRUE(std::isnan(one.p_value()));
}

TEST(EstimateTest, EqualDifferencesGiveNoTestUnlessTheyAreZero) {
  EXPECT_EQ(estimate_mean(std::vector<double>{0, 0, 0}).p_value(), 1);
  for (const double same : {2.0, 0.1})
    EXPECT_TRUE(std::isnan(estimate_mean(std::vector<double>(7, same)).p_value())) << same;
}

}  // namespace
}  // namespace assay::stats
