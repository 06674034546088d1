#include "stats/bootstrap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <stdexcept>
#include <vector>

#include "stats/estimate.h"
#include "stats/resampled.h"
#include "stats/summary.h"
#include "unit/cpu_time.h"

namespace assay::stats {
namespace {

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

TEST(ResamplerTest, ClustersAreDrawnAsWholes) {
  const Clusters clusters{{0, 1, 0, 2, 1, 1}, 3};
  const Resampler resampler(clusters, 4);
  std::vector<double> weights(6), of_clusters(3);
  for (int b = 0; b < 50; ++b) {
    resampler.weights(b, weights);
    Resampler(3, 4).weights(b, of_clusters);
    for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(weights[i], of_clusters[clusters.of[i]]);
  }
}

TEST(BootstrapTest, TheStandardErrorOfAMeanIsThePlugInOne) {
  std::vector<double> values(200);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<double>(i)) + (i % 7 == 0 ? 2 : 0);
  const std::vector<double> means = bootstrap({values}, 1, mean_from_sums, {.resamples = 20000, .seed = 3});
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
  const Interval interval =
      percentile_interval(bootstrap({right}, 1, mean_from_sums, {.resamples = 20000, .seed = 9}), 0.95);
  EXPECT_NEAR(interval.low, 52 / 80.0, 1e-12);
  EXPECT_NEAR(interval.high, 67 / 80.0, 1e-12);
}

/// Two outputs of `width` columns: a ratio of sums, and the number of examples.
void ratio_and_count(std::span<const double> sums, double count, std::span<double> out) {
  out[0] = sums.front() / sums.back();
  out[1] = count;
}

std::vector<double> rows_of(std::size_t rows, std::size_t width) {
  std::vector<double> table(rows * width);
  for (std::size_t k = 0; k < table.size(); ++k) table[k] = 1 + static_cast<double>(k * k % 17);
  return table;
}

TEST(BootstrapTest, AddingDrawnRowsIsWeighingAllByHowOftenTheyWereDrawn) {
  for (const std::size_t width : {1U, 2U, 3U, 5U, 10U}) {
    const std::vector<double> rows = rows_of(40, width);
    const std::vector<double> values = bootstrap({rows, width}, 2, ratio_and_count, {.resamples = 20, .seed = 6});
    const Resampler resampler(40, 6);
    std::vector<double> weights(40);
    for (int b = 0; b < 20; ++b) {
      resampler.weights(b, weights);
      double first = 0, last = 0;
      for (std::size_t i = 0; i < 40; ++i)
        first += weights[i] * rows[i * width], last += weights[i] * rows[(i + 1) * width - 1];
      EXPECT_DOUBLE_EQ(values[2 * static_cast<std::size_t>(b)], first / last) << width;
      EXPECT_EQ(values[2 * static_cast<std::size_t>(b) + 1], 40);
    }
  }
}

TEST(BootstrapTest, TheNumberOfThreadsChangesNothing) {
  const std::vector<double> rows = rows_of(30, 3);
  const auto with = [&](int threads) {
    return bootstrap({rows, 3}, 2, ratio_and_count, {.resamples = 101, .seed = 2, .threads = threads});
  };
  const std::vector<double> one = with(1);
  for (const int threads : {2, 3, 7, 500}) EXPECT_EQ(with(threads), one) << threads;
}

TEST(BootstrapTest, ClustersAreDrawnAsWholesAndCountTheirExamples) {
  const std::vector<double> values{1, 1, 1, 9};
  const Clusters clusters{{0, 0, 0, 1}, 2};
  const ClusteredSample summed = sum_by_cluster({values}, clusters);
  const std::vector<double> means = bootstrap(summed.view(), 1, mean_from_sums, {.resamples = 200, .seed = 1});
  std::set<double> seen(means.begin(), means.end());
  EXPECT_EQ(seen, (std::set<double>{1, 3, 9})) << "two of the first, one of each, two of the second";
  EXPECT_THROW((void)sum_by_cluster({values}, Clusters{{0, 1}, 2}), std::invalid_argument);
}

TEST(BootstrapTest, TheSpreadOfClusteredMeansIsTheClusteredStandardError) {
  std::vector<double> values;
  Clusters clusters;
  for (std::size_t g = 0; g < 80; ++g)
    for (std::size_t i = 0; i < 1 + g % 5; ++i)
      values.push_back(std::sin(static_cast<double>(g)) + 0.1 * static_cast<double>(i)), clusters.of.push_back(g);
  clusters.count = 80;
  const ClusteredSample summed = sum_by_cluster({values}, clusters);
  const double spread =
      standard_deviation(bootstrap(summed.view(), 1, mean_from_sums, {.resamples = 10000, .seed = 1}));
  const double error = estimate_mean(values, clusters).standard_error;
  EXPECT_NEAR(spread, error, 0.03 * error);
  EXPECT_GT(error, 1.4 * estimate_mean(values).standard_error);
}

TEST(JackknifeTest, LeavesOutEachRowWithItsExamples) {
  const std::vector<double> rows{4, 9, 20}, counts{1, 2, 3};
  const std::vector<double> means = jackknife({rows, 1, counts}, 1, mean_from_sums);
  EXPECT_DOUBLE_EQ(means[0], 29 / 5.0);
  EXPECT_DOUBLE_EQ(means[1], 24 / 4.0);
  EXPECT_DOUBLE_EQ(means[2], 13 / 3.0);
}

TEST(ResamplerTest, OneSetOfWeightsServesFortyCellsQuickly) {
  const std::size_t examples = 300, cells = 40;
  std::vector<std::vector<double>> scores(cells, std::vector<double>(examples));
  for (std::size_t c = 0; c < cells; ++c)
    for (std::size_t i = 0; i < examples; ++i) scores[c][i] = static_cast<double>((i * (c + 3)) % 5 == 0);
  const double start = testing::cpu_milliseconds();
  const Resampler resampler(examples, 0);
  std::vector<double> weights(examples);
  double total = 0;
  for (int b = 0; b < 2000; ++b) {
    resampler.weights(b, weights);
    for (const auto& cell : scores)
      for (std::size_t i = 0; i < examples; ++i) total += weights[i] * cell[i];
  }
  EXPECT_GT(total, 0);
  const double seconds = (testing::cpu_milliseconds() - start) / 1000;
  RecordProperty("seconds", std::to_string(seconds));
  EXPECT_LT(seconds, 5) << "well under a second; the bound leaves room for slow machines";
}

}  // namespace
}  // namespace assay::stats
