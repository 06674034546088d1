#include "stats/bootstrap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

namespace assay::stats {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// The weighted mean of `values`.
Statistic mean_of(const std::vector<double>& values) {
  return [&values](std::span<const double> weights, std::span<double> out) {
    double sum = 0, count = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) sum += weights[i] * values[i], count += weights[i];
    out[0] = sum / count;
  };
}

TEST(ResamplerTest, WeightsAreCountsThatSumToTheNumberOfExamples) {
  const Resampler resampler(37, 5);
  std::vector<double> weights(37);
  for (int b = 0; b < 100; ++b) {
    resampler.weights(b, weights);
    EXPECT_EQ(std::accumulate(weights.begin(), weights.end(), 0.0), 37);
    for (const double w : weights) EXPECT_EQ(w, std::floor(w));
  }
}

TEST(ResamplerTest, AResampleIsAFunctionOfSeedAndNumberAlone) {
  std::vector<double> first(50), again(50), other_number(50), other_seed(50);
  Resampler(50, 1).weights(7, first);
  const Resampler resampler(50, 1);
  resampler.weights(3, again);
  resampler.weights(7, again);
  resampler.weights(8, other_number);
  Resampler(50, 2).weights(7, other_seed);
  EXPECT_EQ(first, again);
  EXPECT_NE(first, other_number);
  EXPECT_NE(first, other_seed);
}

TEST(ResamplerTest, CountsHaveTheMomentsOfAMultinomialDraw) {
  // n = 40: each count has mean 1 and variance 1 - 1/n = 0.975; two counts have covariance -1/n = -0.025.
  const int n = 40, resamples = 20000;
  const Resampler resampler(n, 11);
  std::vector<double> weights(n);
  double sum_first = 0, squares = 0, product = 0;
  for (int b = 0; b < resamples; ++b) {
    resampler.weights(b, weights);
    sum_first += weights[0];
    squares += (weights[0] - 1) * (weights[0] - 1);
    product += (weights[0] - 1) * (weights[1] - 1);
  }
  EXPECT_NEAR(sum_first / resamples, 1, 0.03);
  EXPECT_NEAR(squares / resamples, 0.975, 0.05);
  EXPECT_NEAR(product / resamples, -0.025, 0.03);
}

TEST(BootstrapTest, TheStandardErrorOfAMeanIsThePlugInOne) {
  std::vector<double> values(200);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<double>(i)) + (i % 7 == 0 ? 2 : 0);
  const std::vector<double> means = bootstrap(values.size(), 1, 20000, 3, mean_of(values));
  const double n = static_cast<double>(values.size());
  const double plug_in = standard_deviation(values) * std::sqrt((n - 1) / n) / std::sqrt(n);
  EXPECT_NEAR(standard_deviation(means), plug_in, 0.02 * plug_in);
  EXPECT_NEAR(mean(means), mean(values), 4 * plug_in / std::sqrt(20000));
}

TEST(BootstrapTest, TheIntervalOfAProportionHasTheBinomialsQuantiles) {
  // 60 right of 80: the resampled count is Binomial(80, 0.75). Its 2.5 % and 97.5 % quantiles, 52 and 67, are from
  // cumulating C(80,k) 0.75^k 0.25^(80-k) in exact rational arithmetic (Python's fractions).
  std::vector<double> right(80, 0.0);
  std::fill(right.begin(), right.begin() + 60, 1.0);
  const Interval interval = percentile_interval(bootstrap(80, 1, 20000, 9, mean_of(right)), 0.95);
  EXPECT_NEAR(interval.low, 52 / 80.0, 1e-12);
  EXPECT_NEAR(interval.high, 67 / 80.0, 1e-12);
}

TEST(BootstrapTest, SeveralOutputsAreRowMajor) {
  const std::vector<double> values = bootstrap(4, 2, 3, 1, [](std::span<const double>, std::span<double> out) {
    out[0] = 1;
    out[1] = 2;
  });
  EXPECT_EQ(values, (std::vector<double>{1, 2, 1, 2, 1, 2}));
}

TEST(BootstrapTest, IntervalsCoverTheTruthAboutAsOftenAsTheySay) {
  // 400 samples of 100 fair coins, where the percentile interval's coverage is near 0.94.
  std::mt19937_64 generator(20);
  int covered = 0;
  for (std::uint64_t trial = 0; trial < 400; ++trial) {
    std::vector<double> coins(100);
    for (double& coin : coins) coin = static_cast<double>(generator() >> 63);
    covered += percentile_interval(bootstrap(100, 1, 500, trial, mean_of(coins)), 0.95).contains(0.5);
  }
  EXPECT_GT(covered, 360);
  EXPECT_LT(covered, 398);
}

TEST(PercentileIntervalTest, LeavesNaNsOutAndInterpolates) {
  std::vector<double> values{kNaN};
  for (int i = 100; i >= 0; --i) values.push_back(i);
  const Interval interval = percentile_interval(values, 0.95);
  EXPECT_NEAR(interval.low, 2.5, 1e-12);
  EXPECT_NEAR(interval.high, 97.5, 1e-12);
  EXPECT_TRUE(std::isnan(percentile_interval(std::vector<double>{kNaN}, 0.95).low));
}

TEST(BootstrapPValueTest, IsTwiceTheSmallerTailAndNeverZero) {
  std::vector<double> differences(999, 1.0);
  EXPECT_DOUBLE_EQ(bootstrap_p_value(differences), 1.0 / 1000);
  for (std::size_t i = 0; i < 10; ++i) differences[i] = -1;
  EXPECT_DOUBLE_EQ(bootstrap_p_value(differences), 20.0 / 999);
}

TEST(BootstrapPValueTest, NoDifferenceAtAllIsOne) {
  EXPECT_EQ(bootstrap_p_value(std::vector<double>(50, 0.0)), 1);
  EXPECT_TRUE(std::isnan(bootstrap_p_value(std::vector<double>{kNaN})));
}

TEST(ResamplerTest, OneSetOfWeightsServesFortyCellsQuickly) {
  const std::size_t examples = 300, cells = 40;
  std::vector<std::vector<double>> scores(cells, std::vector<double>(examples));
  for (std::size_t c = 0; c < cells; ++c)
    for (std::size_t i = 0; i < examples; ++i) scores[c][i] = static_cast<double>((i * (c + 3)) % 5 == 0);
  const auto start = std::chrono::steady_clock::now();
  const Resampler resampler(examples, 0);
  std::vector<double> weights(examples);
  double total = 0;
  for (int b = 0; b < 2000; ++b) {
    resampler.weights(b, weights);
    for (const auto& cell : scores)
      for (std::size_t i = 0; i < examples; ++i) total += weights[i] * cell[i];
  }
  EXPECT_GT(total, 0);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  RecordProperty("seconds", std::to_string(seconds.count()));
  EXPECT_LT(seconds.count(), 5) << "well under a second on an idle machine; the bound leaves room for a busy one";
}

}  // namespace
}  // namespace assay::stats
