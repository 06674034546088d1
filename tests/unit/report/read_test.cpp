#include "report/read.h"

#include <gmock/gmock.h>

#include "report/report.h"
#include "report/writers.h"
#include "unit/report/stored_run.h"

namespace assay::report {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

using ReadTest = StoredRun;

TEST_F(ReadTest, GroupsHoldTheirSeedsValuesAndCosts) {
  store::Store store = store::Store::open(results_);
  const std::int64_t run = store.begin_run(experiment_, plan_);
  make_bundles(store);
  const ReportData report = read(store, run);
  EXPECT_EQ(report.status, "done");
  EXPECT_EQ(report.confidence, 0.9);
  EXPECT_EQ(report.settings.at("data"), "data/test.jsonl");
  ASSERT_EQ(report.datasets.size(), 1U);
  const Dataset& d = report.datasets[0];
  EXPECT_EQ(d.baseline, "zero");
  EXPECT_EQ(d.examples, 4U);
  ASSERT_EQ(d.groups.size(), 2U);
  const Group& lora = d.groups[0];
  EXPECT_EQ(lora.label, "lora(rank=8)");
  EXPECT_EQ(lora.family, Family::fine_tuning);
  EXPECT_THAT(lora.seeds, ElementsAre(1, 2));
  EXPECT_EQ(lora.distinct, 2U);
  EXPECT_THAT(lora.values[0].by_seed, ElementsAre(0.7, 0.8));
  EXPECT_EQ(lora.costs.adapt_seconds, 2.5);
  EXPECT_EQ(lora.costs.trained_parameters, 1024);
  EXPECT_EQ(lora.costs.prompt_tokens, 200);
  EXPECT_EQ(lora.rank, 1);
  const Group& zero = d.groups[1];
  EXPECT_EQ(zero.distinct, 1U);
  EXPECT_EQ(zero.family, Family::prompting);
  EXPECT_EQ(zero.rank, 2);
  EXPECT_EQ(d.recommendation.group, "lora");
}

TEST_F(ReadTest, TheFirstExamplesComeWithTheirScores) {
  store::Store store = store::Store::open(results_);
  const std::int64_t run = store.begin_run(experiment_, plan_);
  make_bundles(store);
  const Group group = read(store, run).datasets[0].groups[0];
  ASSERT_EQ(group.examples.size(), 3U);
  EXPECT_EQ(group.examples[1].id, "r1");
  EXPECT_EQ(group.examples[1].prompt, "ask <1>");
  EXPECT_EQ(group.examples[1].target, "no");
  EXPECT_EQ(group.examples[0].score, 0);
  EXPECT_EQ(group.examples[1].score, 1);
}

TEST_F(ReadTest, AFailedStageIsReportedWithItsReasonAndTheRestStands) {
  skip_ = "stage s2";
  store::Store store = store::Store::open(results_);
  const std::int64_t run = store.begin_run(experiment_, plan_);
  make_bundles(store);
  std::vector<store::AttemptRow> attempts(2);
  for (int i = 0; i < 2; ++i) {
    attempts[i].stage = key("s2");
    attempts[i].number = i + 1;
    attempts[i].started = attempts[i].finished = "2026-01-01T00:00:0" + std::to_string(i) + "Z";
    attempts[i].outcome = "crashed";
    attempts[i].error = "bad_metric crashed with SIGSEGV";
    attempts[i].log_tail = "reading " + (results_.parent_path() / "x").string();
  }
  store.record(run, attempts, {});
  const ReportData report = read(store, run);
  EXPECT_EQ(report.status, "failed");
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_EQ(report.failures[0].attempts, 2);
  EXPECT_EQ(report.failures[0].log_tail, "reading x");
  EXPECT_THAT(report.failures[0].cells, ElementsAre("lora(rank=8) · tickets · seed 2"));
  EXPECT_THAT(report.datasets[0].groups[0].failures, ElementsAre("bad_metric crashed with SIGSEGV"));
}

TEST_F(ReadTest, WithoutAComparisonNoValueIsReported) {
  skip_ = "stage c0";
  store::Store store = store::Store::open(results_);
  const std::int64_t run = store.begin_run(experiment_, plan_);
  make_bundles(store);
  const ReportData report = read(store, run);
  EXPECT_TRUE(report.datasets[0].outputs.empty());
  EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("accuracy was not compared on tickets")));
  EXPECT_THAT(markdown(report), HasSubstr("No metric has a result."));
  EXPECT_FALSE(html(report).empty());
}

TEST_F(ReadTest, AllFormatsAreWrittenWhole) {
  store::Store store = store::Store::open(results_);
  const std::int64_t run = store.begin_run(experiment_, plan_);
  make_bundles(store);
  const fs::path folder = results_ / "demo" / "1";
  EXPECT_EQ(write(store, run, folder, {"html", "md", "csv", "json"}).size(), 4U);
  for (const char* format : {"html", "md", "csv", "json"})
    EXPECT_GT(fs::file_size(folder / (std::string("report.") + format)), 100U);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 4);
}

}  // namespace
}  // namespace assay::report
