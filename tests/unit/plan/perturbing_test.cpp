#include "plan/perturbing.h"

#include <gmock/gmock.h>

#include <set>

#include "unit/plan/plan_fixture.h"

namespace assay::plan {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::SizeIs;

class PerturbingTest : public assay::testing::PlanFixture {
 protected:
  static std::string perturbed(const std::string& items, const std::string& yaml = experiment()) {
    return yaml + "perturb:\n" + items;
  }

  static std::vector<std::string> all_keys(const Plan& plan) {
    std::vector<std::string> keys;
    for (const Stage& stage : plan.stages) keys.push_back(stage.key);
    return keys;
  }

  static const std::string kEvery;
};

const std::string PerturbingTest::kEvery =
    "  - {instruction: Route it.}\n  - {template: other.j2}\n  - {choices: shuffled}\n  - {shots: reversed}\n"
    "  - {whitespace: doubled, case: upper}\n  - {typos: 0.1}\n";

TEST_F(PerturbingTest, NoFinishedWorkIsMadeAgainForIt) {
  write("other.j2", "{{ instruction }} {{ input }}");
  const Plan before = plan(experiment());
  const Plan after = plan(perturbed(kEvery));
  EXPECT_THAT(all_keys(after), IsSupersetOf(all_keys(before)));
  EXPECT_EQ(keys(before, StageKind::adapt), keys(after, StageKind::adapt)) << "adapters and shots are the cell's own";
  EXPECT_THAT(keys(after, StageKind::fragility), SizeIs(2 * after.cells.size()));
  for (const std::string& label : fresh(before, after)) EXPECT_EQ(label.rfind("adapt", 0), std::string::npos) << label;
}

TEST_F(PerturbingTest, ResultsComeBeforeTheirFragility) {
  const Plan p = plan(perturbed("  - {typos: 0.1}\n"));
  std::set<std::string> own;
  for (const Cell& cell : p.cells) own.insert(cell.score.begin(), cell.score.end());
  own.insert(p.compare.begin(), p.compare.end());
  bool variants = false;
  for (const Stage& stage : p.stages) {
    variants = variants || stage.label.find("typos") != std::string::npos;
    EXPECT_FALSE(variants && own.contains(stage.key)) << stage.label;
  }
  EXPECT_TRUE(variants);
}

TEST_F(PerturbingTest, AVariantIsAskedWithTheCellsAdaptersAndItsOwnWords) {
  write("other.j2", "{{ instruction }} {{ input }}");
  const Plan p = plan(perturbed("  - {instruction: Route it., template: other.j2, typos: 0.1, choices: reversed}\n"),
                      {"matrix.seed=3"});
  const Cell& cell = *cells(p, "lora + few_shot(shots=2)").front();
  ASSERT_THAT(cell.variants, SizeIs(1));
  const Stage& base = p.stage(cell.generate);
  const Stage& variant = p.stage(cell.variants[0].generate);
  EXPECT_EQ(variant.inputs["adapt"], base.inputs["adapt"]);
  EXPECT_EQ(variant.inputs["test"], base.inputs["test"]) << "targets and rows are the same";
  EXPECT_EQ(variant.inputs["perturb"], (Json{{"choices", "reversed"}, {"typos", 0.1}, {"seed", 3}}));
  EXPECT_EQ(variant.inputs["prompt"]["instruction"], "Route it.");
  const Job job = job_from_json(variant.job);
  EXPECT_EQ(job.instruction, "Route it.");
  EXPECT_EQ(job.prompt->template_file, (folder_ / "other.j2").string());
  EXPECT_EQ(job.perturb->typos, 0.1);
  EXPECT_EQ(job.perturb->seed, 3U);
  EXPECT_EQ(job.seed, job_from_json(base.job).seed) << "the model's draws are the cell's own";
  EXPECT_FALSE(job_from_json(base.job).perturb);
}

TEST_F(PerturbingTest, WhatDoesNotReachACellCostsNothing) {
  const std::string yaml = perturbed(
      "  - {choices: reversed}\n  - {shots: reversed}\n  - {typos: 0}\n  - {choices: reversed, typos: 0.1}\n");
  const Plan p = plan(assay::testing::ExperimentFixture::replaced(yaml, ", choices: [x, y]", ""), {"matrix.seed=1"});
  const Cell& zero = *cells(p, "zero_shot").front();
  EXPECT_EQ(zero.variants[0].generate, zero.generate) << "no choices";
  EXPECT_EQ(zero.variants[1].generate, zero.generate) << "no examples are shown";
  EXPECT_EQ(zero.variants[1].score, zero.score);
  EXPECT_EQ(zero.variants[2].generate, zero.generate) << "no typos";
  EXPECT_EQ(p.stage(zero.variants[3].generate).inputs["perturb"], (Json{{"typos", 0.1}, {"seed", 1}}));
  const Cell& few = *cells(p, "few_shot(shots=2)").front();
  EXPECT_NE(few.variants[1].generate, few.generate);
}

TEST_F(PerturbingTest, OnlyWhatIsDrawnDependsOnTheSeed) {
  const Plan p =
      plan(perturbed("  - {case: lower}\n  - {typos: 0.1}\n  - {choices: shuffled}\n  - {choices: reversed}\n"));
  const auto zero = cells(p, "zero_shot");
  ASSERT_THAT(zero, SizeIs(2));
  const auto same = [&](std::size_t v) { return zero[0]->variants[v].generate == zero[1]->variants[v].generate; };
  EXPECT_TRUE(same(0));
  EXPECT_FALSE(same(1));
  EXPECT_FALSE(same(2));
  EXPECT_TRUE(same(3));
}

TEST_F(PerturbingTest, FragilityNeedsTheCellsOwnScoreAndAwaitsTheVariants) {
  const Plan p =
      plan(perturbed("  - {typos: 0.1}\n  - {typos: 0}\n"), {"matrix.seed=1", "metrics=[latency, accuracy, cost]"});
  const Cell& cell = *cells(p, "zero_shot").front();
  ASSERT_THAT(cell.fragility, SizeIs(1)) << "neither timings nor prices";
  const Stage& stage = p.stage(cell.fragility[0]);
  EXPECT_THAT(stage.needs, ElementsAre(cell.score[1], cell.generate));
  EXPECT_THAT(stage.awaits, ElementsAre(cell.variants[0].score[0], cell.variants[0].generate));
  EXPECT_TRUE(stage.stable);
  const Job job = job_from_json(stage.job);
  EXPECT_EQ(job.fragility->base, cell.score[1]);
  ASSERT_THAT(job.fragility->variants, SizeIs(2));
  EXPECT_EQ(job.fragility->variants[0].name, "typos=0.1");
  EXPECT_FALSE(cell.uses(stage.key)) << "the cell's results do not rest on it";
  EXPECT_TRUE(cell.perturbs(stage.key));
  EXPECT_TRUE(cell.perturbs(cell.variants[0].score[0]));
  const Plan again = plan_from_json(to_json(p));
  EXPECT_EQ(to_json(again), to_json(p));
}

TEST_F(PerturbingTest, VariantsOfATunedCellRestOnItsChoice) {
  write("validation.jsonl", "{\"text\":\"v\",\"label\":\"x\"}\n{\"text\":\"w\",\"label\":\"y\"}\n");
  std::string yaml =
      replaced(experiment(), "train: train.jsonl, ", "train: train.jsonl, validation: validation.jsonl, ");
  yaml = replaced(yaml, "    - lora: {rank: [4, 8]}\n", "    - lora: {rank: {tune: [4, 8]}}\n");
  const Plan p = plan(perturbed("  - {typos: 0.1}\n", yaml), {"matrix.seed=1"});
  const Cell& cell = *cells(p, "lora(rank=tuned)").front();
  EXPECT_THAT(p.stage(cell.variants[0].generate).needs, ElementsAre(cell.choose));
  EXPECT_TRUE(job_from_json(p.stage(cell.variants[0].generate).job).choice);
}

TEST_F(PerturbingTest, WhatVariantsCannotReachIsWarnedOf) {
  write("fields.j2", "{{ fields.text }}");
  write("own.j2", "{{ input }}");
  write("other.j2", "{{ input }}!");
  const auto warnings = [&](const std::string& items, const std::string& strategies, const std::string& rest = "") {
    return plan(perturbed(items, replaced(experiment(), "    - zero_shot\n", strategies) + rest)).warnings;
  };
  EXPECT_THAT(warnings("  - {typos: 0.1}\n", "    - zero_shot: {template: fields.j2}\n"),
              ElementsAre(HasSubstr("the variant 'typos=0.1' leaves zero_shot(template=fields.j2) as it is in part: "
                                    "its prompt reads the row's `fields`")));
  EXPECT_THAT(warnings("  - {typos: 0.1}\n", "    - zero_shot\n", "prompt: {template: fields.j2}\n"),
              Contains(HasSubstr("`fields`")));
  EXPECT_THAT(warnings("  - {choices: reversed}\n", "    - zero_shot: {template: fields.j2}\n"), IsEmpty());
  EXPECT_THAT(warnings("  - {template: other.j2}\n", "    - zero_shot: {template: own.j2}\n"),
              ElementsAre(HasSubstr("its own prompt file")));
  EXPECT_THAT(
      warnings("  - {instruction: Route it.}\n", "    - zero_shot: {instruction: Say it.}\n    - chain_of_thought\n"),
      ElementsAre(HasSubstr("its own instruction")));
  EXPECT_THAT(warnings("  - {typos: 0.1}\n", "    - zero_shot: {template: own.j2}\n"), IsEmpty());
}

TEST_F(PerturbingTest, APromptThatCannotBeUsedIsNamedWithItsVariant) {
  write("broken.j2", "{{ input");
  try {
    plan(perturbed("  - {template: broken.j2}\n"));
    FAIL();
  } catch (const BadInput& error) {
    EXPECT_THAT(error.what(), HasSubstr("e.yaml:17:5: "));
    EXPECT_THAT(error.what(), HasSubstr("broken.j2"));
  }
}

}  // namespace
}  // namespace assay::plan
