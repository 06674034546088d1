#include "stats/seeds.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "stats/bootstrap.h"
#include "unit/stats/reference.h"
#include "unit/stats/samples.h"

namespace assay::stats {
namespace {

/// Scores of seeds × examples: an example's difficulty, a seed's luck and noise, as normal values times the deviations.
std::vector<double> scores_of(std::size_t seeds, std::size_t examples, double seed_deviation, double noise) {
  const std::vector<double> difficulty = normal_values(examples, 0, 0, 3), luck = normal_values(seeds, 0, 0, 4),
                            rest = normal_values(seeds * examples, 0, 0, 5);
  std::vector<double> scores(seeds * examples);
  for (std::size_t j = 0; j < seeds; ++j)
    for (std::size_t i = 0; i < examples; ++i)
      scores[j * examples + i] = difficulty[i] + seed_deviation * luck[j] + noise * rest[j * examples + i];
  return scores;
}

TEST(SeedsTest, AgreesWithStatsmodelsAnalysisOfVariance) {
  std::vector<Json> questions;
  for (const std::size_t seeds : {2U, 5U}) {
    const std::vector<double> scores = scores_of(seeds, 20, 1.5, 0.8);
    Json rows = Json::array();
    for (std::size_t j = 0; j < seeds; ++j)
      rows.push_back(std::vector<double>(scores.begin() + 20 * j, scores.begin() + 20 * (j + 1)));
    questions.push_back({{"function", "seeds"}, {"scores", rows}});
  }
  const std::vector<Json> answers = ask_reference(questions);
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const std::size_t seeds = questions[i]["scores"].size();
    const SeedEstimate ours = estimate_over_seeds(scores_of(seeds, 20, 1.5, 0.8), seeds);
    EXPECT_NEAR(ours.mean.value, answers[i]["mean"].get<double>(), 1e-12);
    EXPECT_NEAR(ours.mean.standard_error, answers[i]["error"].get<double>(), 1e-10);
    EXPECT_NEAR(ours.mean.degrees, answers[i]["degrees"].get<double>(), 1e-7);
    EXPECT_NEAR(ours.seed_deviation, answers[i]["seed"].get<double>(), 1e-10);
  }
}

TEST(SeedsTest, ResamplingGivesAboutWhatTheAnalysisOfVarianceDoes) {
  const std::size_t seeds = 4, examples = 400;
  const std::vector<double> scores = scores_of(seeds, examples, 0.1, 0.8);
  std::vector<double> values, resampled;
  for (std::size_t j = 0; j < seeds; ++j) {
    const auto row = std::span(scores).subspan(j * examples, examples);
    values.push_back(mean(row));
    const std::vector<double> means = bootstrap({row, 1}, 1, mean_from_sums, {.resamples = 4000, .seed = 1});
    resampled.insert(resampled.end(), means.begin(), means.end());
  }
  const SeedEstimate exact = estimate_over_seeds(scores, seeds),
                     ours = estimate_over_seeds(values, resampled, examples);
  EXPECT_DOUBLE_EQ(ours.mean.value, exact.mean.value);
  EXPECT_NEAR(ours.mean.standard_error, exact.mean.standard_error, 0.05 * exact.mean.standard_error);
  EXPECT_NEAR(ours.seed_deviation, exact.seed_deviation, 0.05 * exact.seed_deviation);
  EXPECT_NEAR(ours.residual_deviation, exact.residual_deviation, 0.05 * exact.residual_deviation);
}

TEST(SeedsTest, SeedsThatAllDoTheSameAddNothing) {
  const std::vector<double> once = normal_values(30, 0, 0, 9);
  std::vector<double> thrice;
  for (int j = 0; j < 3; ++j) thrice.insert(thrice.end(), once.begin(), once.end());
  const SeedEstimate ours = estimate_over_seeds(thrice, 3);
  EXPECT_NEAR(ours.mean.standard_error, estimate_mean(once).standard_error, 1e-12);
  EXPECT_EQ(ours.mean.degrees, 29);
  EXPECT_NEAR(ours.seed_deviation, 0, 1e-12);
}

TEST(SeedsTest, OneSeedSaysNothingOfSeeds) {
  const std::vector<double> once = normal_values(30, 0, 0, 9);
  const SeedEstimate ours = estimate_over_seeds(once, 1);
  EXPECT_DOUBLE_EQ(ours.mean.standard_error, estimate_mean(once).standard_error);
  EXPECT_TRUE(std::isnan(ours.seed_deviation));
}

TEST(SeedsTest, ScoresThatAreMissingAreRefused) {
  EXPECT_THROW((void)estimate_over_seeds(std::vector<double>{1, 2, 3}, 2), std::invalid_argument);
  EXPECT_THROW((void)estimate_over_seeds(std::vector<double>{1, 2}, std::vector<double>{1, 2, 3}, 10),
               std::invalid_argument);
}

}  // namespace
}  // namespace assay::stats
