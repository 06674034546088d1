#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <fstream>

#include "assay/sdk/error.h"
#include "run/stage.h"
#include "unit/data/folder_fixture.h"

namespace assay::run {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class ChooseTest : public testing::FolderFixture {
 protected:
  /// A trial with its score bundle: "f1" is better when higher, "loss" when lower; null where `values` says NaN.
  void trial(double f1, double loss = 0) {
    const std::string key = fmt::format("s{}", bundles_.size());
    store::BundleWriter writer(folder_ / key, key, "score", Json::object());
    const Json outputs = {{{"name", "f1"}, {"unit", ""}, {"higher_is_better", true}, {"per_example", false}},
                          {{"name", "f1.loss"}, {"unit", ""}, {"higher_is_better", false}, {"per_example", false}}};
    std::ofstream(writer.folder() / "scores.json") << Json{
        {"metric", "f1"}, {"outputs", outputs}, {"values", {number(f1), number(loss)}}, {"examples", 3}, {"width", 1}};
    writer.timing["seconds"] = 2.0;
    writer.timing["usage"] = {{"prompt_tokens", 10}, {"completion_tokens", 5}};
    writer.commit();
    choose_.trials.push_back({bundles_.size() * 2, fmt::format("rate={}", bundles_.size()), key, {key}});
    bundles_[key] = (folder_ / key).string();
  }

  /// A trial that is told by the validation loss of its training.
  void training(const Json& loss) {
    const std::string key = fmt::format("a{}", bundles_.size());
    store::BundleWriter writer(folder_ / key, key, "adapt", Json::object());
    writer.kpis["validation_loss"] = {{"value", loss}, {"unit", ""}, {"higher_is_better", false}};
    writer.commit();
    choose_.trials.push_back({bundles_.size(), fmt::format("rate={}", bundles_.size()), key, {key}});
    bundles_[key] = (folder_ / key).string();
  }

  Json choose(const std::string& output) {
    plan::Job job;
    job.kind = "choose";
    job.choose = choose_;
    job.choose->output = output;
    Journal journal;
    Workbench bench(journal);
    store::BundleWriter writer(folder_ / "choice", "choice", "choose", Json::object());
    StageWork work(job, bundles_, writer, bench, [](std::int64_t, std::int64_t) {});
    do_choose(work);
    kpis_ = writer.kpis;
    std::ifstream in(writer.folder() / "choice.json");
    return Json::parse(in);
  }

  plan::ChooseJob choose_{"f1", "", {}};
  std::map<std::string, std::string> bundles_;
  Json kpis_;
};

TEST_F(ChooseTest, TheHighestWinsWhereHigherIsBetterAndTheLowestWhereLowerIs) {
  trial(0.5, 3), trial(0.9, 2), trial(0.7, 1);
  EXPECT_EQ(choose("f1")["chosen"], 2) << "a trial's number within its whole grid";
  const Json by_loss = choose("f1.loss");
  EXPECT_EQ(by_loss["chosen"], 4);
  EXPECT_EQ(by_loss["label"], "rate=2");
  EXPECT_EQ(by_loss["higher_is_better"], false);
}

TEST_F(ChooseTest, TheFirstOfEqualsWins) {
  trial(0.5), trial(0.9), trial(0.9);
  EXPECT_EQ(choose("f1")["chosen"], 2);
}

TEST_F(ChooseTest, AnUndefinedValueIsNeverChosen) {
  trial(std::nan("")), trial(0.1);
  const Json choice = choose("f1");
  EXPECT_EQ(choice["chosen"], 2);
  EXPECT_TRUE(choice["trials"][0]["value"].is_null());
}

TEST_F(ChooseTest, NothingToChooseFromIsAnError) {
  EXPECT_THAT([&] { choose("f1"); }, ThrowsMessage<Error>(HasSubstr("every trial failed")));
  trial(std::nan(""));
  EXPECT_THAT([&] { choose("f1"); }, ThrowsMessage<Error>(HasSubstr("none of the 1 trials has a value of 'f1'")));
}

TEST_F(ChooseTest, AValueThatTheMetricDoesNotHaveIsNamedWithThoseItHas) {
  trial(0.5);
  EXPECT_THAT([&] { choose("f1.best"); },
              ThrowsMessage<BadInput>(HasSubstr("'f1.best', but the metric 'f1' has f1, f1.loss")));
}

TEST_F(ChooseTest, TheLossOfTrainingChoosesTheLowest) {
  choose_.metric.clear();
  training(2.0), training(nullptr), training(1.5);
  const Json choice = choose("validation_loss");
  EXPECT_EQ(choice["chosen"], 2);
  EXPECT_EQ(choice["name"], "validation_loss");
}

TEST_F(ChooseTest, WhatTrialsShareIsChargedOnce) {
  trial(0.5), trial(0.9);
  choose_.trials[1].stages.push_back(choose_.trials[0].stages[0]);
  choose("f1");
  EXPECT_EQ(kpis_["adapt_seconds"]["value"], 4.0);
  EXPECT_EQ(kpis_["tuning_tokens"]["value"], 30.0);
  EXPECT_EQ(kpis_["tuning_trials"]["value"], 2.0);
}

}  // namespace
}  // namespace assay::run
