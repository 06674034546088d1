#include "stats/proportions.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "unit/stats/reference.h"

namespace assay::stats {
namespace {

TEST(WilsonTest, AgreesWithStatsmodels) {
  std::vector<Json> questions;
  for (const double trials : {1.0, 7.0, 50.0, 300.0, 1319.0})
    for (const double share : {0.0, 0.03, 0.5, 0.87, 1.0})
      for (const double confidence : {0.8, 0.95, 0.99})
        questions.push_back({{"function", "wilson"},
                             {"successes", std::floor(share * trials)},
                             {"trials", trials},
                             {"confidence", confidence}});
  const std::vector<Json> answers = ask_reference(questions);
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const Interval ours = wilson(questions[i]["successes"], questions[i]["trials"], questions[i]["confidence"]);
    expect_interval(answers[i], ours.low, ours.high, 1e-12);
  }
}

TEST(WilsonTest, NoTrialsSayNothing) {
  EXPECT_EQ(wilson(0, 0, 0.95).low, 0);
  EXPECT_EQ(wilson(0, 0, 0.95).high, 1);
}

TEST(WilsonTest, MoreSuccessesThanTrialsAreRefused) {
  EXPECT_THROW((void)wilson(11, 10, 0.95), std::invalid_argument);
  EXPECT_THROW((void)wilson(-1, 10, 0.95), std::invalid_argument);
}

TEST(McNemarTest, AgreesWithStatsmodelsAndScipy) {
  std::vector<Json> questions;
  for (const std::size_t first : {0U, 1U, 4U, 17U, 60U, 400U})
    for (const std::size_t second : {0U, 1U, 5U, 17U, 31U, 380U})
      questions.push_back({{"function", "mcnemar"}, {"first_only", first}, {"second_only", second}});
  const std::vector<Json> answers = ask_reference(questions);
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const Discordance pairs{questions[i]["first_only"], questions[i]["second_only"]};
    EXPECT_NEAR(mcnemar_exact(pairs), answers[i].at(0).get<double>(), 1e-12) << questions[i];
    EXPECT_NEAR(mcnemar_mid_p(pairs), answers[i].at(1).get<double>(), 1e-12) << questions[i];
  }
}

TEST(McNemarTest, NoDiscordantPairIsNoDifference) {
  EXPECT_EQ(mcnemar_exact({0, 0}), 1);
  EXPECT_EQ(mcnemar_mid_p({0, 0}), 1);
}

TEST(DiscordanceTest, CountsThePairsInWhichOnlyOneIsRight) {
  const Discordance pairs = discordance(std::vector<double>{1, 1, 0, 0, 1}, std::vector<double>{1, 0, 1, 0, 0});
  EXPECT_EQ(pairs.first_only, 2);
  EXPECT_EQ(pairs.second_only, 1);
  EXPECT_THROW((void)discordance(std::vector<double>{1}, std::vector<double>{}), std::invalid_argument);
}

TEST(ProportionTest, OnlyZerosAndOnesMakeOne) {
  EXPECT_TRUE(all_zero_or_one(std::vector<double>{0, 1, 1}));
  EXPECT_FALSE(all_zero_or_one(std::vector<double>{0, 0.5}));
  EXPECT_FALSE(all_zero_or_one(std::vector<double>{0, std::nan("")}));
  EXPECT_FALSE(all_zero_or_one({}));
}

}  // namespace
}  // namespace assay::stats
