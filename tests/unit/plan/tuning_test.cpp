#include <gmock/gmock.h>

#include <set>

#include "unit/plan/plan_fixture.h"

namespace assay::plan {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class TuningTest : public assay::testing::PlanFixture {
 protected:
  TuningTest() { write("validation.jsonl", "{\"text\":\"v\",\"label\":\"x\"}\n{\"text\":\"w\",\"label\":\"y\"}\n"); }

  static std::string tuned(const std::string& strategies) {
    return replaced(
        replaced(experiment(), "train: train.jsonl, ", "train: train.jsonl, validation: validation.jsonl, "),
        "    - few_shot: {shots: [2, 4]}\n    - lora: {rank: [4, 8]}\n    - [lora: {rank: 8}, few_shot: {shots: 2}]\n",
        strategies);
  }

  static std::vector<std::string> trials_of(const Cell& cell) {
    std::vector<std::string> labels;
    for (const Trial& trial : cell.trials) labels.push_back(trial.label);
    return labels;
  }
};

TEST_F(TuningTest, NoStageOfATrialNamesTheTestSplit) {
  const Plan p = plan(tuned("    - lora: {rank: {tune: [4, 8]}}\n    - few_shot: {shots: {tune: [1, 2]}}\n"));
  const std::string test = (folder_ / "test.jsonl").string();
  std::string fingerprint;
  for (const Stage& stage : p.stages) {
    if (stage.kind == StageKind::generate && stage.inputs.contains("test")) fingerprint = stage.inputs["test"];
  }
  ASSERT_THAT(fingerprint, SizeIs(64));
  std::size_t seen = 0;
  for (const Cell& cell : p.cells) {
    std::set<std::string> keys;
    for (const Trial& trial : cell.trials) {
      for (const std::string& key : trial.stages()) keys.insert(key);
    }
    if (!cell.choose.empty()) keys.insert(cell.choose);
    for (const std::string& key : keys) {
      const Stage& stage = p.stage(key);
      EXPECT_THAT(stage.job.dump(), Not(HasSubstr(test))) << stage.label;
      EXPECT_THAT(stage.inputs.dump(), Not(HasSubstr(fingerprint))) << stage.label;
      for (const std::string& need : stage.needs)
        EXPECT_TRUE(keys.contains(need)) << stage.label << " reads " << p.stage(need).label;
      ++seen;
    }
  }
  EXPECT_EQ(seen, 28U);  // of each of two strategies and two seeds: adapt, generate, score of two trials, and a choice
}

TEST_F(TuningTest, ATunedCellRestsOnItsChoice) {
  const Plan p = plan(tuned("    - lora: {rank: {tune: [4, 8]}}\n"), {"matrix.seed=1"});
  const Cell& cell = *cells(p, "lora(rank=tuned)").front();
  EXPECT_THAT(cell.adapt, IsEmpty());
  EXPECT_THAT(trials_of(cell), ElementsAre("rank=4", "rank=8"));
  const Stage& generate = p.stage(cell.generate);
  EXPECT_EQ(generate.inputs["choice"], cell.choose);
  EXPECT_THAT(generate.needs, ElementsAre(cell.choose));
  EXPECT_THAT(generate.awaits, ElementsAre(cell.trials[0].adapt[0], cell.trials[1].adapt[0]));
  const Job job = job_from_json(generate.job);
  EXPECT_THAT(job.parts, IsEmpty());
  ASSERT_TRUE(job.choice);
  EXPECT_EQ(job.choice->trials.at(1).at(0).params["rank"], 8);
  EXPECT_EQ(job.choice->trials.at(1).at(0).adapt, cell.trials[1].adapt[0]);
  EXPECT_EQ(plan_from_json(to_json(p)).cell(cell.id).trials[1].score, cell.trials[1].score);
}

TEST_F(TuningTest, AStageOfATrialSaysWhatIsTriedEvenWhereItIsTheDefault) {
  const Plan p = plan(tuned("    - lora: {rank: {tune: [4, 8]}}\n"), {"matrix.seed=1"});
  const Trial& second = cells(p, "lora(rank=tuned)").front()->trials[1];
  EXPECT_EQ(p.stage(second.adapt[0]).label, "adapt lora(rank=8) on nano · tickets · seed 1");
  EXPECT_EQ(p.stage(second.generate).label, "generate lora(rank=8) on nano · tickets · validation · seed 1");
}

TEST_F(TuningTest, ATrialSharesTheAdapterOfACellOfItsSetting) {
  const Plan p = plan(tuned("    - lora: {rank: {tune: [4, 8]}}\n    - lora: {rank: 4}\n"), {"matrix.seed=1"});
  const Cell& tuned_cell = *cells(p, "lora(rank=tuned)").front();
  const Cell& fixed = *cells(p, "lora(rank=4)").front();
  EXPECT_EQ(tuned_cell.trials[0].adapt, fixed.adapt);
}

TEST_F(TuningTest, SeveralTunedParametersAreAGrid) {
  const Plan p =
      plan(tuned("    - [lora: {rank: {tune: [4, 8]}}, few_shot: {shots: {tune: [1, 2]}}]\n"), {"matrix.seed=1"});
  const Cell& cell = *cells(p, "lora(rank=tuned) + few_shot(shots=tuned)").front();
  EXPECT_THAT(trials_of(cell), ElementsAre("lora.rank=4, few_shot.shots=1", "lora.rank=4, few_shot.shots=2",
                                           "lora.rank=8, few_shot.shots=1", "lora.rank=8, few_shot.shots=2"));
  EXPECT_THAT(keys(p, StageKind::adapt), SizeIs(4));
  EXPECT_THAT(keys(p, StageKind::choose), SizeIs(1));
}

TEST_F(TuningTest, ListsNestedParametersAndZipsAreTunedToo) {
  const Plan lists = plan(tuned("    - lora: {targets: {tune: [[q], [q, v]]}}\n"), {"matrix.seed=1"});
  EXPECT_THAT(trials_of(*cells(lists, "lora(targets=tuned)").front()),
              ElementsAre("targets=[\"q\"]", "targets=[\"q\",\"v\"]"));
  const Plan zipped =
      plan(tuned("    - {use: {lora: {rank: {tune: [4, 8]}, epochs: {tune: [1, 2]}}}, zip: [rank, epochs]}\n"),
           {"matrix.seed=1"});
  EXPECT_THAT(trials_of(*cells(zipped, "lora(epochs=tuned, rank=tuned)").front()),
              ElementsAre("epochs=1, rank=4", "epochs=2, rank=8"));
}

TEST_F(TuningTest, TrialsAreDrawnByTheSeedWithoutReplacement) {
  const std::string yaml =
      tuned("    - lora: {rank: {tune: [1, 2, 3, 4, 5, 6, 7, 8]}, epochs: {tune: [1, 2]}}\n") + "tuning: {trials: 5}\n";
  const Plan p = plan(yaml);
  const auto both = cells(p, "lora(epochs=tuned, rank=tuned)");
  ASSERT_THAT(both, SizeIs(2));
  for (const Cell* cell : both) {
    ASSERT_THAT(cell->trials, SizeIs(5));
    EXPECT_EQ(cell->settings, 16U);
    for (std::size_t i = 1; i < 5; ++i)
      EXPECT_LT(cell->trials[i - 1].number, cell->trials[i].number) << "in the order listed";
  }
  EXPECT_NE(trials_of(*both[0]), trials_of(*both[1]));
  EXPECT_EQ(to_json(p), to_json(plan(yaml)));
}

TEST_F(TuningTest, UnequalTuningIsWarnedOf) {
  EXPECT_THAT(plan(tuned("    - lora: {rank: {tune: [4, 8, 16]}}\n    - few_shot: {shots: {tune: [1, 2]}}\n")).warnings,
              Contains(HasSubstr("strategies are tuned unequally: few_shot(shots=tuned) over 2 settings, "
                                 "lora(rank=tuned) over 3; `tuning: {trials: 2}`")));
  EXPECT_THAT(plan(tuned("    - few_shot: {shots: {tune: [1, 2]}}\n") + "tuning: {trials: 3}\n").warnings,
              Contains(HasSubstr("few_shot(shots=tuned) is tuned over 2 settings, fewer than the 3 trials")));
  EXPECT_THAT(plan(experiment() + "tuning: {trials: 3}\n").warnings,
              Contains(HasSubstr("nothing in the matrix is tuned")));
  EXPECT_THAT(plan(tuned("    - lora: {rank: {tune: [4, 8]}}\n    - few_shot: {shots: {tune: [1, 2]}}\n")).warnings,
              IsEmpty());
}

TEST_F(TuningTest, TheValidationLossNeedsNoQuestions) {
  const Plan p =
      plan(tuned("    - lora: {rank: {tune: [4, 8]}}\n") + "tuning: {metric: validation_loss}\n", {"matrix.seed=1"});
  const Cell& cell = *cells(p, "lora(rank=tuned)").front();
  EXPECT_EQ(cell.trials[0].generate, "");
  EXPECT_THAT(p.stage(cell.choose).needs, ElementsAre(cell.trials[0].adapt[0], cell.trials[1].adapt[0]));
  EXPECT_EQ(job_from_json(p.stage(cell.choose).job).choose->trials[1].value, cell.trials[1].adapt[0]);
}

TEST_F(TuningTest, AChangedTestRowLeavesEveryTrialAlone) {
  const std::string yaml = tuned("    - lora: {rank: {tune: [4, 8]}}\n");
  const Plan before = plan(yaml);
  write("test.jsonl", "{\"text\":\"c\",\"label\":\"x\"}\n{\"text\":\"e\",\"label\":\"y\"}\n");
  const auto rerun = fresh(before, plan(yaml));
  EXPECT_EQ(count(rerun, "adapt") + count(rerun, "validation") + count(rerun, "choose"), 0U);
  EXPECT_EQ(count(rerun, "generate lora(rank=tuned)"), 2U);
}

}  // namespace
}  // namespace assay::plan
