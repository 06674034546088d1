#include "report/run_progress.h"

#include <gmock/gmock.h>

#include <cmath>

namespace assay::report {
namespace {

using testing::HasSubstr;

/// Two cells: one prompts, one trains first.
plan::Plan two_cells() {
  plan::Plan plan;
  for (const char* key : {"g1", "s1", "a2", "g2", "s2", "c"}) {
    plan::Stage stage{};
    stage.key = key;
    stage.label = std::string("stage ") + key;
    plan.stages.push_back(std::move(stage));
  }
  plan::Cell first, second;
  first.generate = "g1", first.score = {"s1"};
  second.adapt = {"a2"}, second.generate = "g2", second.score = {"s2"};
  plan.cells = {first, second};
  return plan;
}

store::AttemptRow attempt(const char* stage, const char* outcome) {
  store::AttemptRow row;
  row.stage = stage;
  row.outcome = outcome;
  return row;
}

store::RunRow running() { return {1, "demo", "", "running", "2026-05-04T10:00:00.500Z", "", "", 0}; }

TEST(RunProgressTest, CountsCellsStagesPaceAndWhatIsLeft) {
  const RunProgress p =
      progress_of(two_cells(), {attempt("g1", "reused"), attempt("s1", "done"), attempt("a2", "done")}, running(),
                  "2026-05-04T10:00:10.500Z");
  EXPECT_EQ(p.done, 1U);
  EXPECT_EQ(p.begun, 1U);
  EXPECT_EQ(p.finished, 3U);
  EXPECT_EQ(p.reused, 1U);
  EXPECT_NEAR(p.elapsed, 10, 1e-6);
  EXPECT_NEAR(p.left, 15, 1e-6) << "two stages in ten seconds, three to come";
  EXPECT_EQ(p.last, "stage a2: done");
  EXPECT_EQ(progress_line(p),
            "1 of 2 cells done, 1 begun · 3 of 6 stages (1 reused) · 12 a minute · about 15.0 s left");
}

TEST(RunProgressTest, ACellWhoseStageFailedHasFailed) {
  const RunProgress p =
      progress_of(two_cells(), {attempt("a2", "crashed"), attempt("g2", "skipped")}, running(), "2026-05-04T10:00:10Z");
  EXPECT_EQ(p.failed, 1U);
  EXPECT_THAT(progress_line(p), HasSubstr("0 of 2 cells done, 1 failed"));
}

TEST(RunProgressTest, ARetryThatWorksIsNoFailure) {
  EXPECT_EQ(
      progress_of(two_cells(), {attempt("a2", "crashed"), attempt("a2", "done")}, running(), "2026-05-04T10:00:10Z")
          .failed,
      0U);
}

TEST(RunProgressTest, BeforeAnythingIsDoneNoTimeIsPromised) {
  const RunProgress p = progress_of(two_cells(), {}, running(), "2026-05-04T10:00:01Z");
  EXPECT_TRUE(std::isnan(p.left));
  EXPECT_EQ(progress_line(p), "0 of 2 cells done · 0 of 6 stages");
  EXPECT_EQ(progress_lines(p, 40).size(), 3U);
}

TEST(RunProgressTest, AnEndedRunSaysHow) {
  store::RunRow row = running();
  row.status = "interrupted", row.finished = "2026-05-04T10:00:30.500Z";
  EXPECT_THAT(progress_line(progress_of(two_cells(), {attempt("g1", "done")}, row, "2030-01-01T00:00:00Z")),
              HasSubstr("interrupted after 30.0 s"));
}

}  // namespace
}  // namespace assay::report
