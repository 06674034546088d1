#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "plan_fixture.h"

namespace assay {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using testing::PlanFixture;

/// Plans of the small experiment with a metric that asks.
class JudgingPlanTest : public PlanFixture {
 protected:
  plan::Plan judged(const std::string& params, const std::string& model = "{source: simulated, accuracy: 0.5}",
                    const std::string& others = "accuracy, ") const {
    config::PluginManifests manifests = plugins();
    config::PluginManifest asks = metric("asks");
    asks.asks = true;
    asks.params = {
        {"type", "object"},
        {"properties",
         {{"model", {{"type", "string"}}}, {"mode", {{"type", "string"}}}, {"against", {{"type", "string"}}}}}};
    manifests.push_back(std::move(asks));
    const std::string yaml = replaced(experiment(), "models:\n", "models:\n  other: " + model + "\n");
    return plan_with(manifests, environment(), yaml, {"metrics=[" + others + "{asks: " + params + "}]"});
  }

  static const plan::Stage& score(const plan::Plan& plan, const plan::Cell& cell) {
    return plan.stage(cell.score.at(1));
  }

  std::string refused(const std::string& params) const {
    try {
      judged(params);
    } catch (const BadInput& error) {
      return error.what();
    }
    return "no error";
  }
};

TEST_F(JudgingPlanTest, TheJudgeIsPartOfTheScoresKeyAndTheModelItOccupies) {
  const plan::Plan one = judged("{model: other}"),
                   another = judged("{model: other}", "{source: simulated, accuracy: 0.6}");
  EXPECT_EQ(score(one, one.cells[0]).model, "other");
  EXPECT_NE(one.cells[0].score[1], another.cells[0].score[1]);
  EXPECT_EQ(one.cells[0].score[0], another.cells[0].score[0]);
  EXPECT_EQ(one.cells[0].generate, another.cells[0].generate);
  EXPECT_GT(score(one, one.cells[0]).estimate_tokens, 0);
}

TEST_F(JudgingPlanTest, WhatIsComparedWithACellWaitsForItsAnswers) {
  const plan::Plan plan = judged("{model: other, against: baseline}");
  const auto baseline =
      std::find_if(plan.cells.begin(), plan.cells.end(), [](const plan::Cell& cell) { return cell.is_baseline; });
  for (const plan::Cell& cell : plan.cells) {
    if (cell.seed != baseline->seed) continue;
    EXPECT_THAT(score(plan, cell).needs, Contains(baseline->generate)) << cell.strategy_label;
    EXPECT_EQ(plan::job_from_json(score(plan, cell).job).against, baseline->generate);
  }
}

TEST_F(JudgingPlanTest, TheTargetAndARubricWaitForNobodyElse) {
  for (const char* params :
       {"{model: other}", "{model: other, against: reference}", "{model: other, mode: rubric, against: baseline}"}) {
    const plan::Plan plan = judged(params);
    for (const plan::Cell& cell : plan.cells)
      EXPECT_EQ(score(plan, cell).needs, std::vector<std::string>{cell.generate}) << params;
  }
}

TEST_F(JudgingPlanTest, AJudgeThatComparesMayStandFirstWhereNothingIsTuned) {
  EXPECT_FALSE(judged("{model: other, against: baseline}", "{source: simulated, accuracy: 0.5}", "").cells.empty());
}

TEST_F(JudgingPlanTest, WhoIsNotThereIsNamedWithThePlaceOfTheMetric) {
  EXPECT_THAT(
      refused("{model: othr}"),
      HasSubstr("'asks' is to ask the model 'othr', which the experiment does not have; did you mean 'other'?"));
  EXPECT_THAT(refused("{model: other, against: nothing_like_it}"),
              HasSubstr("compares with 'nothing_like_it', which is none of the matrix's strategies"));
}

}  // namespace
}  // namespace assay
