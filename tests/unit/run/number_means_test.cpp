#include "run/number_means.h"

#include <gmock/gmock.h>

#include "assay/sdk/error.h"
#include "unit/data/folder_fixture.h"

namespace assay::run {
namespace {

using ::testing::HasSubstr;

class NumberMeansTest : public testing::FolderFixture {
 protected:
  void add(sdk::Numbers numbers, std::vector<std::string> steps = {}, std::vector<sdk::Completion> completions = {}) {
    Asked asked;
    asked.input = &input_;
    asked.answer.numbers = std::move(numbers);
    asked.steps = std::move(steps);
    asked.completions = std::move(completions);
    means_.add(asked);
  }

  Json kpis(const Json& before = Json::object()) {
    Journal journal;
    Workbench bench(journal);
    store::BundleWriter writer(folder_ / "bundle", "bundle", "generate", Json::object());
    writer.kpis = before;
    StageWork work({}, {}, writer, bench, [](std::int64_t, std::int64_t) {});
    means_.log(work);
    return writer.kpis;
  }

  static sdk::Completion completion(std::int64_t prompt, std::int64_t output, double milliseconds) {
    sdk::Completion made;
    made.usage = {.prompt_tokens = prompt, .completion_tokens = output};
    made.milliseconds = milliseconds;
    return made;
  }

  sdk::Input input_;
  NumberMeans means_;
};

TEST_F(NumberMeansTest, ANumberIsAveragedOverTheExamplesThatHaveIt) {
  add({{"agreement", {0.5}}, {"votes", {3, "votes", false}}});
  add({{"agreement", {1.0}}});
  add({});
  EXPECT_EQ(kpis().at("agreement"), (Json{{"value", 0.75}, {"unit", ""}, {"higher_is_better", true}, {"examples", 2}}));
  EXPECT_EQ(kpis().at("votes"),
            (Json{{"value", 3.0}, {"unit", "votes"}, {"higher_is_better", false}, {"examples", 1}}));
}

TEST_F(NumberMeansTest, NamedStepsAreCountedOverAllExamples) {
  add({}, {"draft", "critique", "draft"}, {completion(10, 2, 4), completion(30, 5, 1), completion(20, 4, 6)});
  add({}, {""}, {completion(7, 7, 7)});
  const Json found = kpis();
  EXPECT_EQ(found.at("step.draft.prompt_tokens").at("value"), 15.0);
  EXPECT_EQ(found.at("step.draft.completion_tokens").at("value"), 3.0);
  EXPECT_EQ(found.at("step.draft.ms").at("value"), 5.0);
  EXPECT_EQ(found.at("step.critique.prompt_tokens").at("value"), 15.0);
  EXPECT_EQ(found.at("step.critique.ms").at("unit"), "ms");
  EXPECT_EQ(found.size(), 7U) << "a request without a name is nobody's step";
}

TEST_F(NumberMeansTest, EmptyAnswersAreUnreadable) {
  for (const char* text : {"", "a", "b", ""}) {
    Asked asked;
    asked.input = &input_;
    asked.answer.text = text;
    means_.add(asked);
  }
  EXPECT_EQ(kpis().at("unreadable"),
            (Json{{"value", 0.5}, {"unit", ""}, {"higher_is_better", false}, {"examples", 4}}));
}

TEST_F(NumberMeansTest, WhatIsNoNumberIsAnErrorNamingIt) {
  input_.id = "r7";
  const std::string error = error_of([&] { add({{"agreement", {std::nan("")}}}); });
  EXPECT_THAT(error, HasSubstr("r7"));
  EXPECT_THAT(error, HasSubstr("'agreement'"));
}

TEST_F(NumberMeansTest, ANumberKeepsItsUnitAndDirection) {
  add({{"length", {1, "tokens"}}});
  EXPECT_THAT(error_of([&] { add({{"length", {1, "words"}}}); }), HasSubstr("'length'"));
}

TEST_F(NumberMeansTest, TheEnginesOwnNamesAreTaken) {
  add({{"requests", {1}}});
  EXPECT_THAT(error_of([&] { kpis({{"requests", Json::object()}}); }), HasSubstr("'requests'"));
}

}  // namespace
}  // namespace assay::run
