#include <SQLiteCpp/Database.h>
#include <assay/sdk/error.h>

#include "store/store.h"
#include "unit/store/store_fixture.h"

namespace assay::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class DamageTest : public testing::StoreFixture {
 protected:
  static std::string bundle_file(const Store& store, const plan::Stage& stage, const std::string& name) {
    return (store.bundle(stage) / name).lexically_relative(store.folder().parent_path()).string();
  }
  void tear_database() const {
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(database().string() + suffix);
    std::filesystem::resize_file(database(), 0);
    write("results/assay.sqlite", std::string(5000, 't'));
  }
  [[nodiscard]] std::filesystem::path database() const { return folder_ / "results/assay.sqlite"; }
};

TEST_F(DamageTest, ADamagedBundleIsSetAsideSaidAndForgotten) {
  Store store = open();
  const plan::Plan plan = small_plan();
  run_all(store);
  write(bundle_file(store, plan.stages[0], "predictions.jsonl"), "{}\n");
  EXPECT_THAT(store.finished(plan.stages), ElementsAre(plan.stages[1].key, plan.stages[2].key));
  EXPECT_THAT(store.warnings(), ElementsAre(HasSubstr("this result is damaged")));
  EXPECT_FALSE(std::filesystem::exists(store.bundle(plan.stages[0])));
  EXPECT_TRUE(std::filesystem::exists(store.bundle(plan.stages[0]).string() + ".corrupt"));
  EXPECT_EQ(store.kpis(1, "cell").size(), 2U) << "its numbers are gone with it";
  make(store, plan.stages[0]);
  EXPECT_THAT(store.finished(plan.stages), SizeIs(3));
}

TEST_F(DamageTest, AChangedByteOfTheSameSizeIsFound) {
  Store store = open();
  const plan::Plan plan = small_plan();
  run_all(store);
  const std::string file = bundle_file(store, plan.stages[1], "values.jsonl");
  std::string text = read(folder_ / file);
  text[1] = '9';
  write(file, text);
  EXPECT_FALSE(store.finished(plan.stages[1]));
  EXPECT_THAT(store.warnings(), ElementsAre(HasSubstr("values.jsonl was changed")));
}

TEST_F(DamageTest, ABundleThatIsGoneIsSaid) {
  Store store = open();
  const plan::Plan plan = small_plan();
  run_all(store);
  std::filesystem::remove_all(store.bundle(plan.stages[2]));
  EXPECT_THAT(store.finished(plan.stages), SizeIs(2));
  EXPECT_THAT(store.warnings(), ElementsAre(HasSubstr("this result is gone")));
}

TEST_F(DamageTest, AHeaderThatLacksWhatItsKindNeedsIsDamage) {
  Store store = open();
  const plan::Plan plan = small_plan();
  make(store, plan.stages[0]);
  Json header = Json::parse(read(store.bundle(plan.stages[0]) / "bundle.json"));
  header.erase("kpis");
  write(bundle_file(store, plan.stages[0], "bundle.json"), header.dump());
  EXPECT_FALSE(store.finished(plan.stages[0]));
  EXPECT_THAT(store.warnings(), SizeIs(1));
}

TEST_F(DamageTest, RecordingABundleThatIsNotWholeIsRefused) {
  Store store = open();
  const plan::Plan plan = small_plan();
  const std::int64_t run = store.begin_run(experiment(), plan);
  make(store, plan.stages[0]);
  std::filesystem::remove(store.bundle(plan.stages[0]) / "predictions.jsonl");
  EXPECT_THROW(store.record(run, {}, std::vector{plan.stages[0]}), Corrupted);
}

TEST_F(DamageTest, ATornDatabaseIsMadeAnewFromTheFiles) {
  std::int64_t run = 0;
  {
    Store store = open();
    run = run_all(store);
    AttemptRow attempt;
    attempt.stage = small_plan().stages[0].key;
    attempt.outcome = "done";
    store.record(run, std::vector{attempt}, {});
  }
  tear_database();
  Store store = open();
  EXPECT_THAT(store.warnings(), ElementsAre(HasSubstr("is made anew from the bundles")));
  EXPECT_TRUE(std::filesystem::exists(database().string() + ".corrupt-1"));
  EXPECT_EQ(store.run("latest").status, "done");
  EXPECT_EQ(store.run("latest").report, "rehearsal/1");
  EXPECT_THAT(store.kpis(run, "cell"), SizeIs(3));
  EXPECT_THAT(store.comparisons(run), SizeIs(1));
  EXPECT_THAT(store.attempts(run), SizeIs(1));
  EXPECT_THAT(store.finished(small_plan().stages), SizeIs(3));
}

TEST_F(DamageTest, RebuildingLeavesOutWhatIsTornAndKeepsTheRest) {
  {
    Store store = open();
    for (int i = 0; i < 4; ++i) run_all(store);
    write(bundle_file(store, small_plan().stages[2], "compare.json"), "{");
  }
  write("results/runs/1/plan.json", "{\"run\":1,");
  write("results/runs/2/plan.json", "{\"run\":2}");
  write("results/runs/3/end.json", "{\"status\":\"done\"}");
  write("results/runs/4/attempts.jsonl", "{\"stage\":\"x\",\"outcome\":\"done\"}\n{\"stage\":");
  tear_database();
  Store store = open();
  EXPECT_THAT(store.warnings(), SizeIs(5)) << "the database, the bundle, two plans, an end";
  ASSERT_THAT(store.runs(), SizeIs(2));
  EXPECT_EQ(store.run("3").status, "interrupted") << "how it ended is not known";
  EXPECT_EQ(store.run("4").status, "done");
  EXPECT_THAT(store.attempts(4), SizeIs(1));
  EXPECT_THAT(store.finished(small_plan().stages), SizeIs(2));
}

TEST_F(DamageTest, ASecondTearingKeepsTheFirstOneAside) {
  for (int i = 0; i < 2; ++i) {
    { open(); }
    tear_database();
  }
  open();
  EXPECT_TRUE(std::filesystem::exists(database().string() + ".corrupt-1"));
  EXPECT_TRUE(std::filesystem::exists(database().string() + ".corrupt-2"));
}

TEST_F(DamageTest, TheTornPlanOfARunIsSaid) {
  Store store = open();
  const std::int64_t run = run_all(store);
  write("results/runs/1/plan.json", "{");
  EXPECT_THAT([&] { (void)store.plan(run); },
              ::testing::ThrowsMessage<Corrupted>(HasSubstr("runs/1: the plan of this run is torn")));
  EXPECT_THAT(open().warnings(), IsEmpty());
}

}  // namespace
}  // namespace assay::store
