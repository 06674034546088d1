// Stores that another version or another machine made. schemas/ has store.sql as it was in each older version.
#include <SQLiteCpp/Database.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "report/read.h"
#include "report/report.h"
#include "store/schema.h"
#include "unit/report/stored_run.h"

namespace assay::report {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

class OlderStoresTest : public StoredRun {
 protected:
  void SetUp() override {
    StoredRun::SetUp();
    store::Store store = store::Store::open(results_);
    const std::int64_t run = store.begin_run(experiment_, plan_);
    make_bundles(store);
    store.record(run, {}, plan_.stages);
    store.finish_run(run, "done", "demo/1");
    written_ = report_of(store);
  }

  /// Its Markdown, which says neither when nor where it was made.
  std::string report_of(store::Store& store) {
    write(store, 1, results_ / "demo" / "1", {"html", "md", "csv", "json", "junit"});
    return text_of(results_ / "demo" / "1" / "report.md");
  }

  /// The database as that version would have left it: its tables, its number, and a run that it knew.
  void make_database_of(int version) const {
    for (const char* name : {"assay.sqlite", "assay.sqlite-wal", "assay.sqlite-shm"}) fs::remove(results_ / name);
    SQLite::Database old((results_ / "assay.sqlite").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    old.exec(text_of(fs::path(ASSAY_SOURCE_DIR) / fmt::format("tests/unit/report/schemas/store-{}.sql", version)));
    old.exec(fmt::format("PRAGMA user_version={}", version));
    old.exec(
        "INSERT INTO runs(run, experiment, plan_hash, status, started) VALUES (1, 'demo', 'f', 'done', "
        "'2026-01-01T00:00:00Z')");
  }

  /// Plans of before cells could be tuned, perturbed or drawn as a curve do not have these keys.
  void forget_newer_keys_of_the_plan() const {
    const fs::path file = results_ / "runs/1/plan.json";
    Json about = Json::parse(text_of(file));
    const auto keep = [](Json& object, const std::vector<std::string>& keys) {
      Json kept = Json::object();
      for (const std::string& key : keys) kept[key] = object.at(key);
      object = kept;
    };
    Json& plan = about.at("plan");
    keep(plan, {"hash", "experiment", "compare", "cells", "stages"});
    for (Json& cell : plan.at("cells"))
      keep(cell, {"id", "model", "dataset", "strategy", "label", "group", "seed", "baseline", "trains", "prompts",
                  "adapt", "generate", "measure", "score"});
    for (Json& stage : plan.at("stages"))
      keep(stage, {"key", "kind", "inputs", "needs", "model", "label", "dataset", "metric", "stable", "trains",
                   "seconds", "tokens", "dollars"});
    std::ofstream(file, std::ios::binary) << about.dump();
  }

  std::string written_;
};

TEST_F(OlderStoresTest, EveryOlderSchemaIsMadeAnewFromTheFilesAndReportsTheSame) {
  for (int version = 1; version < store::kSchemaVersion; ++version) {
    make_database_of(version);
    if (version == 1) forget_newer_keys_of_the_plan();
    store::Store store = store::Store::open(results_);
    EXPECT_THAT(store.warnings(), testing::ElementsAre(HasSubstr(fmt::format("has the older schema {}", version))));
    EXPECT_EQ(store.run("latest").status, "done");
    EXPECT_EQ(report_of(store), written_) << "schema " << version;
  }
}

TEST_F(OlderStoresTest, ANewerSchemaIsRefusedWithWhatToDo) {
  {
    SQLite::Database newer((results_ / "assay.sqlite").string(), SQLite::OPEN_READWRITE);
    newer.exec(fmt::format("PRAGMA user_version={}", store::kSchemaVersion + 1));
  }
  EXPECT_THAT([&] { (void)store::Store::open(results_); }, testing::ThrowsMessage<BadInput>(HasSubstr("update assay")));
}

TEST_F(OlderStoresTest, AResultsFolderThatWasMovedReportsTheSame) {
  const fs::path before = results_, elsewhere = results_.parent_path() / "another" / "place";
  fs::create_directories(elsewhere.parent_path());
  fs::rename(results_, elsewhere);
  results_ = elsewhere;
  store::Store store = store::Store::open(results_);
  EXPECT_THAT(store.warnings(), testing::IsEmpty());
  EXPECT_EQ(report_of(store), written_);
  EXPECT_EQ(store.finished(plan_.stages).size(), plan_.stages.size());
  results_ = before;
}

TEST_F(OlderStoresTest, AFolderWithoutItsDatabaseReportsTheSame) {
  for (const char* name : {"assay.sqlite", "assay.sqlite-wal", "assay.sqlite-shm"}) fs::remove(results_ / name);
  fs::remove_all(results_ / "locks");
  store::Store store = store::Store::open(results_);
  EXPECT_EQ(report_of(store), written_);
}

}  // namespace
}  // namespace assay::report
