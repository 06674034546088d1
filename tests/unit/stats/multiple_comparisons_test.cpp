#include "stats/multiple_comparisons.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "unit/stats/reference.h"

namespace assay::stats {
namespace {

TEST(MultipleComparisonsTest, HolmAndBenjaminiHochbergAgreeWithStatsmodels) {
  std::mt19937 generator(4);
  std::uniform_real_distribution<double> uniform;
  std::vector<Json> questions;
  for (const std::size_t tests : {1U, 2U, 9U, 66U}) {
    std::vector<double> p_values(tests);
    for (double& p : p_values) p = std::pow(uniform(generator), 3);
    if (tests > 2) p_values[1] = p_values[2];
    questions.push_back({{"function", "adjusted"}, {"p_values", p_values}});
  }
  const std::vector<Json> answers = ask_reference(questions);
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const auto p_values = questions[i]["p_values"].get<std::vector<double>>();
    const std::vector<double> by_holm = holm(p_values), by_rate = benjamini_hochberg(p_values);
    for (std::size_t k = 0; k < p_values.size(); ++k) {
      EXPECT_NEAR(by_holm[k], answers[i].at(0).at(k).get<double>(), 1e-14);
      EXPECT_NEAR(by_rate[k], answers[i].at(1).at(k).get<double>(), 1e-14);
    }
  }
}

TEST(MultipleComparisonsTest, TestsThatCouldNotBeMadeDoNotCount) {
  const std::vector<double> p_values{0.01, std::nan(""), 0.04};
  const std::vector<double> by_holm = holm(p_values), by_rate = benjamini_hochberg(p_values);
  EXPECT_DOUBLE_EQ(by_holm[0], 0.02);
  EXPECT_TRUE(std::isnan(by_holm[1]));
  EXPECT_DOUBLE_EQ(by_holm[2], 0.04);
  EXPECT_DOUBLE_EQ(by_rate[0], 0.02);
  EXPECT_TRUE(std::isnan(by_rate[1]));
}

}  // namespace
}  // namespace assay::stats
