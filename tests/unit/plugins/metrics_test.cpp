#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "loading.h"

namespace assay {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

struct Row {
  std::string target, answer;
  double milliseconds = 0;
  double dollars = 0;
  sdk::Usage usage = {};
  std::vector<std::string> references = {};
};

/// The metric's values over `rows`, each counted once.
std::vector<double> values_of(const std::string& name, const Json& params, const std::vector<Row>& rows,
                              std::vector<std::string> choices = {}, std::vector<double> weights = {}) {
  const auto metric = test::built_in(name).metric(sdk::Params(params));
  std::vector<std::string> targets;
  for (const Row& row : rows) targets.push_back(row.target);
  std::sort(targets.begin(), targets.end());
  targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
  metric->begin({.choices = choices, .targets = targets});
  std::vector<double> data(rows.size() * metric->width());
  const sdk::Input input;
  const Json details = Json::object();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto references = rows[i].references.empty() ? std::vector<std::string>{rows[i].target} : rows[i].references;
    const sdk::Prediction prediction{input, rows[i].target, references, rows[i].answer, {}, details,
                                     rows[i].usage, rows[i].milliseconds, rows[i].dollars};
    metric->score(prediction, {}, std::span(data).subspan(i * metric->width(), metric->width()));
  }
  if (weights.empty()) weights.assign(rows.size(), 1.0);
  std::vector<double> out(metric->outputs().size());
  metric->values(sdk::Rows(data, metric->width(), weights), out);
  return out;
}

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
  EXPECT_THAT(values_of("f1", {}, rows), ElementsAre(DoubleNear(0.8 / 3, 1e-12), DoubleNear(1.0 / 3, 1e-12),
                                                     DoubleNear(0.8 / 3, 1e-12)));
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
  EXPECT_THAT(values_of("tokens", {}, {{"", "", 0, 0, {.prompt_tokens = 10, .completion_tokens = 2}},
                                       {"", "", 0, 0, {.prompt_tokens = 20, .completion_tokens = 4}}}),
              ElementsAre(18.0, 15.0, 3.0));
}

TEST(CostTest, IsDollarsForAThousandExamples) {
  EXPECT_THAT(values_of("cost", {}, {{"", "", 0, 0.001}, {"", "", 0, 0.003}}), ElementsAre(DoubleNear(2.0, 1e-12)));
}

}  // namespace
}  // namespace assay
