#include "store/store.h"

#include <SQLiteCpp/Database.h>
#include <assay/sdk/error.h>

#include <cmath>

#include "store/lock.h"
#include "store/schema.h"
#include "unit/store/store_fixture.h"

namespace assay::store {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::ThrowsMessage;

class StoreTest : public testing::StoreFixture {
 protected:
  [[nodiscard]] std::int64_t count(const std::string& sql) const {
    return SQLite::Database(folder_ / "results/assay.sqlite").execAndGet(sql).getInt64();
  }
};

TEST_F(StoreTest, KpisOfACellComeWithTheirIntervals) {
  Store store = open();
  const std::int64_t run = run_all(store);
  const std::vector<Kpi> kpis = store.kpis(run, "cell");
  ASSERT_THAT(kpis, SizeIs(3));
  EXPECT_EQ(kpis[0].name, "accuracy");
  EXPECT_EQ(kpis[0].value, 0.5);
  EXPECT_EQ(kpis[0].low, 0.3);
  EXPECT_EQ(kpis[0].high, 0.7);
  EXPECT_EQ(kpis[1].name, "odd");
  EXPECT_TRUE(std::isnan(kpis[1].value)) << "undefined is not 0";
  EXPECT_FALSE(kpis[1].low);
  EXPECT_EQ(kpis[2].metric, "");
  EXPECT_EQ(kpis[2].name, "prompt_tokens");
}

TEST_F(StoreTest, ViewsAnswerQuestionsInSql) {
  Store store = open();
  run_all(store);
  EXPECT_EQ(count("SELECT count(*) FROM kpi WHERE strategy='zero_shot' AND metric='accuracy'"), 2);
  EXPECT_EQ(count("SELECT count(*) FROM predictions WHERE cell='cell' AND answer='billing'"), 3);
  EXPECT_EQ(count("SELECT sum(value) FROM scores WHERE name='accuracy'"), 2);
  EXPECT_EQ(count("SELECT count(*) FROM cell_groups WHERE value=0.5"), 1);
  EXPECT_EQ(count("PRAGMA user_version"), kSchemaVersion);
}

TEST_F(StoreTest, ComparisonsAreThoseOfTheRun) {
  Store store = open();
  const std::vector<Comparison> comparisons = store.comparisons(run_all(store));
  ASSERT_THAT(comparisons, SizeIs(1));
  EXPECT_EQ(comparisons[0].group, "group");
  EXPECT_EQ(comparisons[0].baseline, "other");
  EXPECT_EQ(comparisons[0].difference, 0.1);
  EXPECT_FALSE(comparisons[0].low);
  EXPECT_EQ(comparisons[0].p_value, 0.04);
  EXPECT_THAT(store.comparisons(7), IsEmpty());
}

TEST_F(StoreTest, AnAttemptIsReadAsItWasRecordedWithShortPaths) {
  Store store = open();
  const plan::Plan plan = small_plan();
  const std::int64_t run = store.begin_run(experiment(), plan);
  AttemptRow attempt;
  attempt.stage = plan.stages[0].key;
  attempt.outcome = "crashed";
  attempt.error = "died in " + (folder_ / "results/bundles/x").string();
  attempt.signal = 11;
  attempt.number = 2;
  attempt.seconds = 1.5;
  attempt.peak_rss = 4096;
  store.record(run, std::vector{attempt}, {});
  const std::vector<AttemptRow> attempts = store.attempts(run);
  ASSERT_THAT(attempts, SizeIs(1));
  EXPECT_EQ(attempts[0].error, "died in results/bundles/x");
  EXPECT_EQ(attempts[0].signal, 11);
  EXPECT_EQ(attempts[0].number, 2);
  EXPECT_EQ(attempts[0].peak_rss, 4096);
  EXPECT_THAT(read(folder_ / "results/runs/1/attempts.jsonl"), HasSubstr("\"outcome\":\"crashed\""));
}

TEST_F(StoreTest, ThePlanIsKeptBeforeTheFirstStage) {
  Store store = open();
  const std::int64_t run = store.begin_run(experiment(), small_plan());
  EXPECT_EQ(store.plan(run).stages.size(), 3U);
  EXPECT_EQ(store.run("latest").status, "running");
  EXPECT_EQ(open().plan(run).hash, "a hash") << "another process reads it too";
}

TEST_F(StoreTest, RunsAreFoundByNumberByLatestAndByExperiment) {
  Store store = open();
  EXPECT_THAT([&] { (void)store.run("latest"); }, ThrowsMessage<BadInput>(HasSubstr("there are no runs here yet")));
  run_all(store);
  run_all(store);
  EXPECT_EQ(store.run("latest").id, 2);
  EXPECT_EQ(store.run("1").status, "done");
  EXPECT_THAT([&] { (void)store.run("3"); }, ThrowsMessage<BadInput>(HasSubstr("the runs there are 1 to 2")));
  EXPECT_THROW((void)store.run("latest", "other"), BadInput);
}

TEST_F(StoreTest, AFinishedStageIsFoundByAnotherProcess) {
  const plan::Plan plan = small_plan();
  Store first = open();
  EXPECT_THAT(first.finished(plan.stages), IsEmpty());
  make(first, plan.stages[0]);
  Store second = open();
  EXPECT_THAT(second.finished(plan.stages), ::testing::ElementsAre(plan.stages[0].key));
  EXPECT_EQ(count("SELECT count(*) FROM stage_predictions"), 3) << "its bundle is recorded when it is found";
}

TEST_F(StoreTest, AReducedComparisonTakesThePlaceOfThePlannedOne) {
  Store store = open();
  const plan::Plan plan = small_plan();
  const std::int64_t run = store.begin_run(experiment(), plan);
  plan::Stage reduced = plan.stages[2];
  reduced.key = std::string(64, 'd');
  reduced.label = "reduced";
  store.replace_stages(run, {{plan.stages[2].key, reduced}});
  make(store, reduced);
  store.record(run, {}, std::vector{reduced});
  EXPECT_THAT(store.plan(run).compare, ::testing::ElementsAre(reduced.key));
  EXPECT_EQ(store.plan(run).stage(reduced.key).label, "reduced");
  EXPECT_THAT(store.comparisons(run), SizeIs(1));
}

TEST_F(StoreTest, TrialsAreKeptAndWhatReplacesAChoiceReplacesWhatRestsOnIt) {
  Store store = open();
  plan::Plan plan = small_plan();
  plan.stages.insert(plan.stages.begin(), stage("ee", plan::StageKind::choose));
  plan::Cell& cell = plan.cells[0];
  cell.choose = plan.stages[0].key;
  plan::Trial trial;
  trial.number = 3;
  trial.label = "rate=0.1";
  trial.score = std::string(64, 's');
  cell.trials = {trial};
  const std::int64_t run = store.begin_run(experiment(), plan);
  EXPECT_EQ(count("SELECT count(*) FROM tuning WHERE trial = 3 AND label = 'rate=0.1' AND value IS NULL"), 1);
  plan::Stage choose = plan.stages[0], generate = plan.stages[1];
  choose.key = std::string(64, 'd');
  generate.key = std::string(64, 'f');
  store.replace_stages(run, {{plan.stages[0].key, choose}, {plan.stages[1].key, generate}});
  {
    BundleWriter writer(store.bundle(choose), choose.key, "choose", choose.inputs);
    put(writer, "choice.json", R"({"metric":"f1","name":"f1","higher_is_better":true,"chosen":3,"label":"rate=0.1",
      "trials":[{"number":3,"label":"rate=0.1","value":0.5}]})");
    writer.commit();
  }
  store.record(run, {}, std::vector{choose});
  EXPECT_EQ(count("SELECT count(*) FROM tuning WHERE trial = 3 AND value = 0.5 AND chosen = 1"), 1);
  EXPECT_EQ(store.plan(run).cells[0].choose, choose.key);
  EXPECT_EQ(store.plan(run).cells[0].generate, generate.key);
  EXPECT_EQ(store.plan(run).cells[0].trials[0].score, trial.score);
}

TEST_F(StoreTest, ARunWhoseProcessIsGoneIsInterrupted) {
  {
    Store killed = open();
    killed.begin_run(experiment(), small_plan());
    Store other = open();
    EXPECT_EQ(other.run("1").status, "running") << "its process lives";
  }
  EXPECT_EQ(open().run("1").status, "interrupted");
}

TEST_F(StoreTest, LeftoversOfDeadProcessesGoAndThoseOfLivingOnesStay) {
  Store store = open();
  const auto shelf = folder_ / "results/bundles/generate/aa";
  std::filesystem::create_directories(shelf / (BundleWriter::folder_prefix("aadead") + "1-0"));
  std::filesystem::create_directories(shelf / (BundleWriter::folder_prefix("aalive") + "2-0"));
  const auto owner = FileLock::try_acquire(store.lock_folder(), "aalive");
  store.remove_leftovers();
  EXPECT_FALSE(std::filesystem::exists(shelf / "aadead.tmp-1-0"));
  EXPECT_TRUE(std::filesystem::exists(shelf / "aalive.tmp-2-0"));
}

TEST_F(StoreTest, AFolderThatCannotBeMadeIsSaid) {
  write("results", "a file");
  EXPECT_THAT([&] { open(); }, ThrowsMessage<BadInput>(HasSubstr("choose another with --results")));
}

TEST_F(StoreTest, ADatabaseOfANewerAssayIsLeftAlone) {
  { open(); }
  SQLite::Database(folder_ / "results/assay.sqlite", SQLite::OPEN_READWRITE).exec("PRAGMA user_version=99");
  EXPECT_THAT([&] { open(); }, ThrowsMessage<BadInput>(HasSubstr("made by a newer assay")));
  EXPECT_EQ(count("PRAGMA user_version"), 99);
}

}  // namespace
}  // namespace assay::store
