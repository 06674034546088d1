#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <fstream>

#include "assay/sdk/error.h"
#include "run/stage.h"
#include "unit/data/folder_fixture.h"

namespace assay::run {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// Scores of accuracy, one digit an example: "1101".
class FragilityTest : public testing::FolderFixture {
 protected:
  std::string score(const std::string& digits) {
    const std::string key = fmt::format("s{}", bundles_.size());
    store::BundleWriter writer(folder_ / key, key, "score", Json::object());
    double sum = 0;
    store::RowsWriter rows(writer.folder() / "rows.jsonl");
    for (const char digit : digits) {
      rows.write(Json::array({digit - '0'}));
      sum += digit - '0';
    }
    rows.close();
    std::ofstream(writer.folder() / "scores.json") << Json{
        {"metric", "accuracy"}, {"examples", digits.size()}, {"values", {sum / static_cast<double>(digits.size())}}};
    std::ofstream(writer.folder() / "context.json")
        << Json{{"choices", Json::array()}, {"targets", Json::array()}, {"wall_seconds", 1.0}, {"concurrency", 1}};
    writer.commit();
    bundles_[key] = (folder_ / key).string();
    return key;
  }

  void variant(const std::string& name, const std::string& digits) { job_.variants.push_back({name, score(digits)}); }

  Json fragility() {
    plan::Job job;
    job.kind = "fragility";
    job.metric = plan::MetricJob{
        .name = "accuracy", .version = "1.0", .library = ASSAY_BINARY_DIR "/lib/assay/plugins/accuracy.so"};
    job.fragility = job_;
    Journal journal;
    Workbench bench(journal);
    store::BundleWriter writer(folder_ / "out", "out", "fragility", Json::object());
    StageWork work(job, bundles_, writer, bench, [](std::int64_t, std::int64_t) {});
    do_fragility(work);
    kpis_ = writer.kpis;
    std::ifstream in(writer.folder() / "fragility.json");
    return Json::parse(in);
  }

  std::string predictions(const std::vector<std::string>& answers) {
    const std::string key = fmt::format("p{}", bundles_.size());
    store::BundleWriter writer(folder_ / key, key, "generate", Json::object());
    store::RowsWriter rows(writer.folder() / "predictions.jsonl");
    for (const std::string& answer : answers) rows.write({{"answer", answer}});
    rows.close();
    writer.commit();
    bundles_[key] = (folder_ / key).string();
    return key;
  }

  plan::FragilityJob job_{"", {}, {}, 0.95, 400};
  std::map<std::string, std::string> bundles_;
  Json kpis_;
};

TEST_F(FragilityTest, AgreementIsOfTheAnswersWhetherRightOrWrong) {
  job_.base = score("1100");
  job_.answers = predictions({"a", "b", "c", "d"});
  variant("same", "1100");
  variant("half", "1100");
  job_.variants[0].answers = job_.answers;
  job_.variants[1].answers = predictions({"a", "b", "x", ""});
  const Json found = fragility();
  EXPECT_EQ(found["agreement"], Json::parse(R"([{"name":"same","value":1.0},{"name":"half","value":0.5}])"));
  EXPECT_EQ(kpis_["fragility.agreement"]["value"], 0.75);
}

TEST_F(FragilityTest, KpisAreOverTheCellAndItsVariants) {
  job_.base = score("11110000");
  variant("up", "11111100");
  variant("down", "11000000");
  const Json output = fragility()["outputs"][0];
  EXPECT_EQ(output["value"], 0.5);
  EXPECT_EQ(output["worst_variant"], "down");
  EXPECT_EQ(kpis_["fragility.accuracy.mean"]["value"], 0.5);
  EXPECT_EQ(kpis_["fragility.accuracy.spread"]["value"], 0.5);
  EXPECT_EQ(kpis_["fragility.accuracy.std"]["value"], 0.25) << "of 0.25, 0.5, 0.75, with n - 1 below the line";
  EXPECT_EQ(kpis_["fragility.accuracy.worst"]["value"], 0.25);
  EXPECT_EQ(kpis_["fragility.accuracy.spread"]["higher_is_better"], false);
  EXPECT_EQ(output["variants"][0]["difference"], 0.25);
  EXPECT_EQ(output["variants"][1]["difference"], -0.25);
}

TEST_F(FragilityTest, DifferencesArePaired) {
  const std::string half = "1010101010101010101010101010101010101010";
  job_.base = score(half);
  variant("same", half);
  variant("all right", std::string(half.size(), '1'));
  const Json variants = fragility()["outputs"][0]["variants"];
  EXPECT_EQ(variants[0]["low"], 0.0) << "the same examples are right: no resample tells them apart";
  EXPECT_EQ(variants[0]["high"], 0.0);
  EXPECT_GT(variants[1]["low"], 0.3);
  EXPECT_LT(variants[1]["high"], 0.7);
}

TEST_F(FragilityTest, WhereAllAgreeTheSpreadIsNothing) {
  job_.base = score("1100");
  job_.variants = {{"untouched", job_.base}};
  variant("same", "1100");
  const Json output = fragility()["outputs"][0];
  EXPECT_EQ(output["spread"], 0.0);
  EXPECT_EQ(output["spread_low"], 0.0);
  EXPECT_EQ(output["spread_high"], 0.0);
  EXPECT_TRUE(output["worst_variant"].is_null()) << "no variant is worse than the cell itself";
}

TEST_F(FragilityTest, TheIntervalOfASpreadHoldsItAndNoneIsNegative) {
  job_.base = score("11110000");
  variant("other examples", "00001111");
  variant("one less", "11100000");
  const Json output = fragility()["outputs"][0];
  EXPECT_EQ(output["spread"], 0.125);
  EXPECT_EQ(output["spread_low"], 0.0) << "chance alone makes such a spread";
  EXPECT_GT(output["spread_high"], 0.125);
}

TEST_F(FragilityTest, VariantsThatFailedAreNamed) {
  job_.base = score("1100");
  job_.failed = {"typos=0.1"};
  EXPECT_THAT(fragility()["failed"], ElementsAre("typos=0.1"));
  EXPECT_EQ(kpis_["fragility.accuracy.spread"]["value"], 0.0);
  EXPECT_TRUE(kpis_["fragility.accuracy.std"]["value"].is_null()) << "of one value there is none";
}

TEST_F(FragilityTest, OtherExamplesAreAnError) {
  job_.base = score("1100");
  variant("short", "110");
  EXPECT_THAT([&] { fragility(); }, ThrowsMessage<Error>(HasSubstr("are of 4 and of 3 examples")));
}

}  // namespace
}  // namespace assay::run
