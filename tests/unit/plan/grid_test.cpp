#include <gmock/gmock.h>

#include <set>

#include "unit/plan/plan_fixture.h"

namespace assay::plan {
namespace {

using GridTest = assay::testing::PlanFixture;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> labels(const Plan& plan) {
  std::vector<std::string> all;
  for (const Cell& cell : plan.cells) {
    if (all.empty() || all.back() != cell.strategy_label) all.push_back(cell.strategy_label);
  }
  return all;
}

TEST_F(GridTest, EveryPointOfTheMatrixIsOneCell) {
  const Plan p = plan(experiment());
  EXPECT_EQ(p.cells.size(), 12U);  // (1 + 2 + 2 + 1) settings, 2 seeds
  EXPECT_THAT(labels(p), ElementsAre("zero_shot", "few_shot(shots=2)", "few_shot(shots=4)", "lora(rank=4)",
                                     "lora(rank=8)", "lora + few_shot(shots=2)"));
  std::set<std::string> ids, groups;
  for (const Cell& cell : p.cells) {
    ids.insert(cell.id);
    groups.insert(cell.group);
  }
  EXPECT_EQ(ids.size(), 12U);
  EXPECT_EQ(groups.size(), 6U);
}

TEST_F(GridTest, LabelsShowAxesAndWhatDiffersFromDefaults) {
  EXPECT_THAT(
      labels(plan(experiment(),
                  {"matrix.strategy=[few_shot: {select: first}, lora: {targets: {sweep: [[q], [k, v]]}, rank: 8}]"})),
      ElementsAre("few_shot(select=first)", "lora(targets=[\"q\"])", "lora(targets=[\"k\",\"v\"])"));
}

TEST_F(GridTest, IdsDependOnNamesNotOnContents) {
  const Plan before = plan(experiment());
  write("test.jsonl", "{\"text\":\"changed\",\"label\":\"x\"}\n");
  const Plan after = plan(experiment());
  for (std::size_t i = 0; i < before.cells.size(); ++i) EXPECT_EQ(before.cells[i].id, after.cells[i].id);
  EXPECT_NE(before.hash, after.hash);
}

TEST_F(GridTest, TheBaselineIsTheFirstGroupThatIsNamed) {
  const auto baselines = [](const Plan& p) {
    std::set<std::string> all;
    for (const Cell& cell : p.cells) {
      if (cell.is_baseline) all.insert(cell.strategy_label);
    }
    return all;
  };
  EXPECT_THAT(baselines(plan(experiment())), ElementsAre("zero_shot"));
  EXPECT_THAT(baselines(plan(experiment(), {"report.baseline=few_shot"})), ElementsAre("few_shot(shots=2)"));
  EXPECT_THAT(baselines(plan(experiment(), {"report.baseline=lora + few_shot"})),
              ElementsAre("lora + few_shot(shots=2)"));
}

TEST_F(GridTest, TheSameSettingTwiceIsRefusedWithItsPlace) {
  try {
    plan(replaced(experiment(), "shots: [2, 4]}", "shots: [2, 4]}\n    - few_shot: {shots: 4}"));
    FAIL();
  } catch (const config::InvalidExperiment& error) {
    EXPECT_THAT(
        error.what(),
        HasSubstr("e.yaml:12:7: few_shot on nano · tickets stands in the matrix already, by the entry of line 11"));
  }
}

TEST_F(GridTest, AnEntryMayBeLimitedToSomeDatasets) {
  const std::string two = replaced(
      experiment(), "matrix:",
      "  more: {train: train.jsonl, test: test.jsonl, input: \"{{ text }}\", target: \"{{ label }}\"}\nmatrix:");
  const Plan p = plan(replaced(two, "    - zero_shot\n", "    - {use: zero_shot, datasets: [more]}\n"));
  std::size_t on_more = 0;
  for (const Cell& cell : p.cells) {
    if (cell.strategy_label != "zero_shot") continue;
    EXPECT_EQ(cell.dataset, "more");
    ++on_more;
  }
  EXPECT_EQ(on_more, 2U);
  for (const Cell& cell : p.cells) {
    if (!cell.is_baseline) continue;
    EXPECT_EQ(cell.strategy_label, cell.dataset == "more" ? "zero_shot" : "few_shot(shots=2)") << cell.dataset;
  }
}

}  // namespace
}  // namespace assay::plan
