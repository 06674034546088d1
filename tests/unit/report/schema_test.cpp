#include "config/schema.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "report/ranking.h"
#include "report/recommendation.h"
#include "report/writers.h"
#include "unit/report/sample.h"

namespace assay::report {
namespace {

namespace fs = std::filesystem;

Json read_json(const fs::path& file) {
  std::ifstream in(file);
  return Json::parse(in);
}

Json schema() { return read_json(fs::path(ASSAY_SOURCE_DIR) / "schemas/report.schema.json"); }

TEST(SchemaTest, EveryReportJsonOfTheseTestsIsAsTheSchemaSays) {
  EXPECT_THAT(config::judge(Json::parse(json(whole_report())), schema()), testing::IsEmpty());
  int golden = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(ASSAY_SOURCE_DIR) / "tests/unit/report/golden")) {
    if (entry.path().extension() != ".json") continue;
    ++golden;
    EXPECT_THAT(config::judge(read_json(entry.path()), schema()), testing::IsEmpty()) << entry.path();
  }
  EXPECT_GT(golden, 0);
}

TEST(SchemaTest, AReportWithNothingInItIsOne) {
  ReportData report = whole_report();
  report.datasets = {tickets()};
  report.datasets[0].outputs.clear();
  report.datasets[0].recommendation = recommend(report.datasets[0], report);
  report.failures.clear();
  report.warnings.clear();
  EXPECT_THAT(config::judge(Json::parse(json(report)), schema()), testing::IsEmpty());
}

TEST(SchemaTest, AKeyThatIsMissingOrOfAnotherTypeIsFound) {
  Json report = Json::parse(json(whole_report()));
  report.at("datasets").at(0).erase("fronts");
  EXPECT_THAT(config::judge(report, schema()), testing::Not(testing::IsEmpty()));
  report = Json::parse(json(whole_report()));
  report["confidence"] = "high";
  EXPECT_THAT(config::judge(report, schema()), testing::Not(testing::IsEmpty()));
}

}  // namespace
}  // namespace assay::report
