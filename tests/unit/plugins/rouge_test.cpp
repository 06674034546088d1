#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scoring.h"

namespace assay {
namespace {

using test::scored;
using test::values_of;
using ::testing::DoubleNear;
using ::testing::ElementsAre;

double rouge(const std::string& variant, const std::string& answer, const std::string& reference,
             const std::string& measure = "fmeasure") {
  return values_of("rouge", {{"variants", {variant}}, {"measure", measure}}, {{reference, answer}}).at(0);
}

// rouge_score's rouge_scorer_test.py.
TEST(RougeTest, EqualsGooglesPublishedScores) {
  EXPECT_NEAR(rouge("rouge1", "testing", "testing one two", "precision"), 1, 1e-12);
  EXPECT_NEAR(rouge("rouge1", "testing", "testing one two", "recall"), 1.0 / 3, 1e-12);
  EXPECT_NEAR(rouge("rouge1", "testing", "testing one two"), 1.0 / 2, 1e-12);
  EXPECT_NEAR(rouge("rouge2", "testing one", "testing one two"), 2.0 / 3, 1e-12);
  EXPECT_NEAR(rouge("rougeL", "testing one", "testing one two"), 4.0 / 5, 1e-12);
  EXPECT_NEAR(rouge("rougeL", "testing two", "testing one two"), 4.0 / 5, 1e-12);
}

TEST(RougeTest, LsumTakesTheUnionOfSubsequencesOfLines) {
  const std::string lines = "w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5";
  EXPECT_NEAR(rouge("rougeLsum", lines, "w1 w2 w3 w4 w5", "recall"), 0.8, 1e-12);
  EXPECT_NEAR(rouge("rougeLsum", lines, "w1 w2 w3 w4 w5", "precision"), 0.4, 1e-12);
  EXPECT_NEAR(rouge("rougeLsum", lines, "w1 w2 w3 w4 w5"), 2 * 0.8 * 0.4 / 1.2, 1e-12);
}

TEST(RougeTest, TextsWithoutTokensShareNothing) {
  for (const char* variant : {"rouge1", "rouge2", "rougeL", "rougeLsum"}) {
    EXPECT_EQ(rouge(variant, "", "testing one two"), 0) << variant;
    EXPECT_EQ(rouge(variant, "w1", ""), 0) << variant;
    EXPECT_EQ(rouge(variant, "/", "w1 w2"), 0) << variant;
    EXPECT_EQ(rouge(variant, "\u6211\u7231\u4f60", "\u6211\u7231\u4f60"), 0)
        << variant;  // rouge_score knows a-z and 0-9
  }
}

TEST(RougeTest, TheBestReferenceCountsForEachVariantByItself) {
  test::Row row{"", "a b c d"};
  row.references = {"d c b a", "a b x y"};
  EXPECT_THAT(values_of("rouge", {}, {row}),
              ElementsAre(DoubleNear(1, 1e-12), DoubleNear(1.0 / 3, 1e-12), DoubleNear(0.5, 1e-12)));
}

TEST(RougeTest, StemsWordsOverThreeLetters) {
  const std::vector<test::Row> rows{{"the dies were running", "the die were runs"}};
  EXPECT_NEAR(values_of("rouge", {{"variants", {"rouge1"}}}, rows).at(0), 0.5, 1e-12);
  EXPECT_NEAR(values_of("rouge", {{"variants", {"rouge1"}}, {"stemmer", true}}, rows).at(0), 1, 1e-12);
}

TEST(RougeTest, SaysHowItWasComputed) {
  EXPECT_EQ(scored("rouge", {{"stemmer", true}}, {{"a", "a"}}).signature(),
            "nrefs:1|multi:best|stem:yes|value:fmeasure|version:rouge_score-0.1");
}

}  // namespace
}  // namespace assay
