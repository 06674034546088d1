#include "plan/adapt_stages.h"

#include <gmock/gmock.h>

#include "unit/plan/plan_fixture.h"

namespace assay::plan {
namespace {

using AdaptStagesTest = assay::testing::PlanFixture;
using ::testing::ElementsAre;
using ::testing::SizeIs;

TEST_F(AdaptStagesTest, ATrainingWithThePromptRestsOnWhatMakesThePrompt) {
  const std::string list =
      "matrix.strategy=[[lora: {train_with_prompt: true}, few_shot: {shots: %}], [lora, few_shot: {shots: 2}]]";
  const Plan two = plan(experiment(), {replaced(list, "%", "2"), "matrix.seed=1"}),
             three = plan(experiment(), {replaced(list, "%", "3"), "matrix.seed=1"});
  const Cell &with = two.cells[0], &without = two.cells[1];
  EXPECT_NE(with.adapt[0], without.adapt[0]);
  EXPECT_EQ(with.adapt[1], without.adapt[1]);
  EXPECT_THAT(two.stage(with.adapt[0]).needs, ElementsAre(with.adapt[1]));
  EXPECT_THAT(two.stage(without.adapt[0]).needs, ::testing::IsEmpty());
  EXPECT_NE(three.cells[0].adapt[0], with.adapt[0]);
  EXPECT_EQ(three.cells[1].adapt[0], without.adapt[0]);
  const Job job = job_from_json(two.stage(with.adapt[0]).job);
  ASSERT_THAT(job.parts, SizeIs(1)) << "what composes the prompt, and not what is trained";
  EXPECT_EQ(job.parts[0].adapt, with.adapt[1]);
}

TEST_F(AdaptStagesTest, WhatTriesPromptsRestsOnTheWholeListAndOnWhatSelects) {
  auto manifests = plugins();
  manifests.push_back(strategy("optimizer", R"({"type":"object","properties":{"select":{"type":"string","default":""},
    "budget":{"type":"object","default":{},"properties":{"dollars":{"type":"number"}}}}})"));
  manifests.back().adapts = manifests.back().composes = manifests.back().tries = manifests.back().needs_validation =
      true;
  write("validation.jsonl", "{\"text\":\"e\",\"label\":\"x\"}\n");
  const std::string yaml =
      replaced(experiment(), "train: train.jsonl", "train: train.jsonl, validation: validation.jsonl");
  const auto planned = [&](const std::string& list, std::vector<std::string> overrides = {}) {
    overrides.insert(overrides.end(), {"matrix.strategy=[" + list + "]", "matrix.seed=1"});
    return plan_with(manifests, environment(), yaml, overrides);
  };
  const auto key = [](const Plan& p) { return p.cells[0].adapt.back(); };
  const Plan before = planned("[lora, optimizer]");
  const Stage& stage = before.stage(key(before));
  EXPECT_THAT(stage.needs, ElementsAre(before.cells[0].adapt[0])) << "it is tried on the trained model";
  const Job job = job_from_json(stage.job);
  ASSERT_THAT(job.parts, SizeIs(2));
  EXPECT_EQ(job.parts[1].adapt, "") << "itself, not yet adapted";
  EXPECT_EQ(job.dataset->test, "");
  EXPECT_EQ(job.select, "accuracy");
  const auto alone = planned("optimizer"), read = planned("[lora, optimizer]", {"prompt.read=\"{{ output | trim }}\""});
  EXPECT_NE(key(alone), key(before));
  EXPECT_NE(key(read), key(before));
  EXPECT_NE(key(planned("[lora, optimizer]", {"generation.max_tokens=9"})), key(before));
  EXPECT_EQ(key(planned("[lora, optimizer]", {"report.resamples=300"})), key(before));
}

TEST_F(AdaptStagesTest, OnlySettingsThatDrawOrAskDependOnSeedAndModel) {
  auto manifests = plugins();
  manifests.push_back(
      strategy("shots", R"({"type":"object","properties":{"select":{"type":"string","default":"random"}}})"));
  manifests.back().adapts = manifests.back().composes = manifests.back().random = manifests.back().asks_in_adapt = true;
  manifests.back().random_if = Json::parse(R"({"properties":{"select":{"enum":["random"]}}})");
  manifests.back().asks_if = Json::parse(R"({"properties":{"select":{"enum":["vectors"]}}})");
  const Plan p = plan_with(manifests, environment(), experiment(),
                           {"matrix.strategy=[shots: {select: [random, first, vectors]}]", "matrix.seed=[1, 2]"});
  const auto stage = [&](const std::string& select, std::size_t seed) -> const Stage& {
    return p.stage(cells(p, "shots(select=" + select + ")").at(seed)->adapt[0]);
  };
  EXPECT_NE(stage("random", 0).key, stage("random", 1).key);
  EXPECT_EQ(stage("first", 0).key, stage("first", 1).key);
  EXPECT_FALSE(stage("first", 0).inputs.contains("model"));
  EXPECT_TRUE(stage("vectors", 0).inputs.contains("model"));
}

}  // namespace
}  // namespace assay::plan
