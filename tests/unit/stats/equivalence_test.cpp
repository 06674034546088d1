#include "stats/equivalence.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "unit/stats/reference.h"
#include "unit/stats/samples.h"

namespace assay::stats {
namespace {

std::vector<double> minus(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> differences(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) differences[i] = a[i] - b[i];
  return differences;
}

TEST(EquivalenceTest, AgreesWithStatsmodels) {
  std::vector<Json> questions;
  for (const std::size_t n : {10U, 300U})
    for (const double margin : {0.05, 0.3, 1.0})
      questions.push_back({{"function", "equivalence"},
                           {"first", normal_values(n, 0.1, 0, n)},
                           {"second", normal_values(n, 0, 0, n + 1)},
                           {"margin", margin}});
  const std::vector<Json> answers = ask_reference(questions);
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const Estimate difference = estimate_mean(minus(questions[i]["first"], questions[i]["second"]));
    EXPECT_NEAR(equivalence_p_value(difference, questions[i]["margin"]), answers[i].get<double>(), 1e-10)
        << questions[i]["margin"];
  }
}

TEST(EquivalenceTest, ResampledDifferencesMustLieWithinTheMargin) {
  std::vector<double> differences;
  for (int i = -100; i <= 100; ++i) differences.push_back(i / 100.0);  // its 90 % interval is [-0.9, 0.9]
  EXPECT_TRUE(equivalent(differences, 0.91));
  EXPECT_FALSE(equivalent(differences, 0.89));
}

TEST(EquivalenceTest, WithoutSpreadNothingIsShownAndWithoutMarginNothingIsAsked) {
  EXPECT_TRUE(std::isnan(equivalence_p_value(estimate_mean(std::vector<double>{0, 0, 0}), 0.1)));
  EXPECT_THROW((void)equivalence_p_value({0, 1, 5}, 0), std::invalid_argument);
  EXPECT_THROW((void)equivalent(std::vector<double>{0}, -1), std::invalid_argument);
}

}  // namespace
}  // namespace assay::stats
