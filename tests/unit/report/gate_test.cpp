#include "report/gate.h"

#include <gmock/gmock.h>

#include <optional>

#include "assay/sdk/error.h"
#include "report/change_text.h"
#include "report/read.h"
#include "unit/report/stored_run.h"

namespace assay::report {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// One run of two groups, which answer the same of four examples right.
class GateTest : public StoredRun {
 protected:
  void SetUp() override {
    StoredRun::SetUp();
    store_.emplace(store::Store::open(results_));
    run_ = store_->begin_run(experiment_, plan_);
    make_bundles(*store_);
    before_ = read(*store_, run_);
    after_ = before_;
    after_.run = 2;
  }

  Verdict judged(const Margins& margins = {}) {
    ComparedRun before{before_, ExampleScores(*store_, run_)}, after{after_, ExampleScores(*store_, run_)};
    return judge(&before, after, margins);
  }

  std::optional<store::Store> store_;
  std::int64_t run_ = 0;
  ReportData before_, after_;
};

TEST_F(GateTest, TheSameResultsLeaveItOpen) {
  const Verdict verdict = judged();
  EXPECT_TRUE(verdict.open());
  ASSERT_THAT(verdict.changes.cells, SizeIs(2));
  EXPECT_EQ(verdict.changes.cells[0].change.test, "mcnemar_mid_p");
  EXPECT_EQ(verdict.changes.cells[0].examples, 4U);
  EXPECT_EQ(verdict.changes.cells[0].before, 0.25) << "a mean over the examples' own scores";
  EXPECT_THAT(verdict_text(verdict, after_), HasSubstr("The gate is open for run 2."));
}

TEST_F(GateTest, ACellThatHadAResultAndHasNoneClosesIt) {
  Group& lost = after_.datasets[0].groups[0];
  lost.rank = 0, lost.failures = {"lora 1.0 crashed with SIGSEGV"};
  const Verdict verdict = judged();
  EXPECT_THAT(verdict.reasons(), ElementsAre("`lora(rank=8)` on tickets had a result in run 1 and has none in run 2."));
  EXPECT_THAT(verdict_junit(verdict, after_), AllOf(HasSubstr("<failure type=\"lost\""), HasSubstr("failures=\"1\"")));
  EXPECT_EQ(Json::parse(verdict_json(verdict, after_)).at("open"), false);
}

TEST_F(GateTest, OneThatHadNoneBeforeIsANote) {
  before_.datasets[0].groups[0].rank = 0;
  const Verdict verdict = judged();
  EXPECT_TRUE(verdict.open());
  EXPECT_THAT(verdict.notes, ElementsAre("`lora(rank=8)` on tickets has no result in run 1."));
}

TEST_F(GateTest, ConstraintsThatTheRecommendedCellBreaksCloseIt) {
  after_.datasets[0].groups[0].violations = {"latency p95 40.0 ms is above 20.0 ms"};
  EXPECT_THAT(judged().reasons(), ElementsAre("No cell on tickets keeps the constraints: of `lora(rank=8)`, the best "
                                              "without them, latency p95 40.0 ms is above 20.0 ms."));
  after_.datasets[0].groups[0].violations.clear();
  after_.datasets[0].groups[1].violations = {"latency p95 40.0 ms is above 20.0 ms"};
  EXPECT_TRUE(judged().open()) << "another cell's do not";
}

TEST_F(GateTest, NothingToRecommendClosesIt) {
  after_.datasets[0].recommendation.group.clear();
  EXPECT_THAT(judged().reasons(), ElementsAre("Nothing can be recommended on tickets: no cell has a result."));
}

TEST_F(GateTest, CellsAreMatchedByModelAndStrategyAndTheRestIsNamed) {
  after_.datasets[0].groups[0].strategy = after_.datasets[0].groups[0].label = "lora(rank=16)";
  const Verdict verdict = judged();
  EXPECT_THAT(verdict.changes.cells, SizeIs(1));
  EXPECT_THAT(verdict.notes, ElementsAre("`lora(rank=16)` on tickets is in run 2 alone.",
                                         "`lora(rank=8)` on tickets is in run 1 alone."));
}

TEST_F(GateTest, AMarginForWhatIsNotThereIsRefused) {
  EXPECT_THAT(
      [&] {
        (void)judged({{"bleu", 1}});
      },
      testing::ThrowsMessage<BadInput>(HasSubstr("'bleu' is no value of run 2; it has accuracy")));
}

TEST_F(GateTest, WithoutAReferenceTheBaselineIsOne) {
  ComparedRun run{after_, ExampleScores(*store_, run_)};
  const Verdict verdict = judge(nullptr, run, {});
  ASSERT_THAT(verdict.changes.cells, SizeIs(1));
  EXPECT_EQ(verdict.changes.cells[0].before_cell, "zero_shot");
  EXPECT_EQ(verdict.changes.cells[0].after_cell, "lora(rank=8)");
  EXPECT_THAT(verdict.reasons(), IsEmpty());
}

TEST_F(GateTest, AValueWithoutExamplesOfItsOwnAndWithoutResamplesIsNotTested) {
  for (ReportData* report : {&before_, &after_}) report->datasets[0].outputs[0].name = "f1";
  const Verdict verdict = judged();
  EXPECT_THAT(verdict.notes,
              testing::Contains(
                  HasSubstr("f1 of `lora(rank=8)` on tickets was not tested: it has no value for single examples")));
  EXPECT_EQ(change_word(verdict.changes.cells[0]), "not tested");
}

}  // namespace
}  // namespace assay::report
