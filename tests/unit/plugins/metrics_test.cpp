#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scoring.h"

namespace assay {
namespace {

using test::Row;
using test::values_of;
using ::testing::DoubleNear;
using ::testing::ElementsAre;

TEST(AccuracyTest, IsTheShareOfAnswersEqualToTheTarget) {
  EXPECT_THAT(values_of("accuracy", {}, {{"a", "a"}, {"a", "b"}, {"b", "b"}, {"b", ""}}), ElementsAre(0.5));
}

TEST(AccuracyTest, CountsARowAsOftenAsItWasDrawn) {
  EXPECT_THAT(values_of("accuracy", {}, {{"a", "a"}, {"a", "b"}}, {}, {3, 1}), ElementsAre(0.75));
}

TEST(ExactMatchTest, TakesTheBestOfSeveralReferences) {
  EXPECT_THAT(values_of("exact_match", {}, {{"x", "y ", 0, 0, {}, {"x", "y"}}}), ElementsAre(1.0));
}

TEST(ExactMatchTest, NormalisesAsSquadDoes) {
  const Json squad{{"normalize", "squad"}};
  EXPECT_THAT(values_of("exact_match", squad, {{"The Eiffel Tower!", "eiffel  tower"}}), ElementsAre(1.0));
  EXPECT_THAT(values_of("exact_match", {}, {{"The Eiffel Tower!", "eiffel  tower"}}), ElementsAre(0.0));
}

// scikit-learn's documentation of f1_score: y_true = [0, 1, 2, 0, 1, 2], y_pred = [0, 2, 1, 0, 0, 1] gives
// macro 0.26…, micro 0.33…, weighted 0.26….
TEST(F1Test, EqualsScikitLearnsDocumentedExample) {
  const std::vector<Row> rows{{"0", "0"}, {"1", "2"}, {"2", "1"}, {"0", "0"}, {"1", "0"}, {"2", "1"}};
  EXPECT_THAT(values_of("f1", {}, rows),
              ElementsAre(DoubleNear(0.8 / 3, 1e-12), DoubleNear(1.0 / 3, 1e-12), DoubleNear(0.8 / 3, 1e-12)));
}

TEST(F1Test, AnAnswerOutsideTheClassesPredictsNone) {
  // Class a: TP 1, predicted 1, actual 2 → 2/3; class b: 0.
  const auto values = values_of("f1", {}, {{"a", "a"}, {"a", "nonsense"}}, {"a", "b"});
  EXPECT_NEAR(values[0], 1.0 / 3, 1e-12);
  EXPECT_NEAR(values[1], 2.0 / 3, 1e-12);
}

TEST(F1Test, ReportsTheChosenAverageFirst) {
  const auto outputs = test::built_in("f1").metric(sdk::Params(Json{{"average", "weighted"}}))->outputs();
  ASSERT_EQ(outputs.size(), 3u);
  EXPECT_EQ(outputs[0].name, "f1");
  EXPECT_EQ(outputs[1].name, "f1.macro");
  EXPECT_EQ(outputs[2].name, "f1.micro");
}

TEST(LatencyTest, QuantilesAreTheSmallestTimesThatReachTheShare) {
  std::vector<Row> rows;
  for (int i = 100; i >= 1; --i) rows.push_back({"", "", static_cast<double>(i)});
  EXPECT_THAT(values_of("latency", {}, rows), ElementsAre(50.0, 95.0, 99.0));
}

TEST(ThroughputTest, DividesExamplesAndTokensByTheBatchTime) {
  const sdk::Usage usage{.prompt_tokens = 30, .completion_tokens = 10};
  EXPECT_THAT(values_of("throughput", {}, {{"", "", 250, 0, usage}, {"", "", 250, 0, usage}}), ElementsAre(4.0, 160.0));
}

TEST(TokensTest, AreMeansOverExamples) {
  EXPECT_THAT(values_of("tokens", {},
                        {{"", "", 0, 0, {.prompt_tokens = 10, .completion_tokens = 2}},
                         {"", "", 0, 0, {.prompt_tokens = 20, .completion_tokens = 4}}}),
              ElementsAre(18.0, 15.0, 3.0));
}

TEST(CostTest, IsDollarsForAThousandExamples) {
  EXPECT_THAT(values_of("cost", {}, {{"", "", 0, 0.001}, {"", "", 0, 0.003}}), ElementsAre(DoubleNear(2.0, 1e-12)));
}

}  // namespace
}  // namespace assay
