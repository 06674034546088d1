#include "stats/signed_ranks.h"

#include <gtest/gtest.h>

#include <vector>

#include "unit/stats/reference.h"
#include "unit/stats/samples.h"

namespace assay::stats {
namespace {

TEST(SignedRanksTest, AgreesWithScipyExactAndWithTiesAndZeros) {
  std::vector<Json> questions;
  for (const double step : {0.0, 0.1, 0.5})
    for (const std::size_t n : {3U, 12U, 50U, 51U, 400U})
      for (const double centre : {0.0, 0.4})
        questions.push_back(
            {{"function", "paired"}, {"differences", normal_values(n, centre, step, 31 * n)}, {"confidence", 0.95}});
  const std::vector<Json> answers = ask_reference(questions);
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const auto differences = questions[i]["differences"].get<std::vector<double>>();
    EXPECT_NEAR(wilcoxon_signed_rank(differences), answers[i]["wilcoxon"].get<double>(), 1e-12) << questions[i];
    EXPECT_NEAR(sign_test(differences), answers[i]["sign"].get<double>(), 1e-12) << questions[i];
  }
}

TEST(SignedRanksTest, NoDifferencesAtAllAreNoEvidence) {
  EXPECT_EQ(wilcoxon_signed_rank(std::vector<double>{0, 0, 0}), 1);
  EXPECT_EQ(wilcoxon_signed_rank({}), 1);
  EXPECT_EQ(sign_test(std::vector<double>{0, 0}), 1);
}

TEST(SignedRanksTest, OneDifferenceCannotBeSignificant) {
  EXPECT_EQ(wilcoxon_signed_rank(std::vector<double>{5}), 1);
  EXPECT_EQ(sign_test(std::vector<double>{5}), 1);
}

}  // namespace
}  // namespace assay::stats
