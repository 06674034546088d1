#include "run/schedule.h"

#include <gmock/gmock.h>

namespace assay::run {
namespace {

using plan::StageKind;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;
using State = Schedule::State;

class ScheduleTest : public ::testing::Test {
 protected:
  /// A stage named by its position, "0", "1", …
  void add(StageKind kind, const std::string& model, std::vector<std::string> needs = {}) {
    plan::Stage stage{};
    stage.key = std::to_string(stages_.size());
    stage.kind = kind;
    stage.model = model;
    stage.needs = std::move(needs);
    stages_.push_back(std::move(stage));
  }
  [[nodiscard]] Schedule schedule(const std::unordered_set<std::string>& finished = {}) const {
    return {stages_, finished};
  }

  static std::size_t take(Schedule& schedule, const std::string& model = "") {
    const std::size_t i = schedule.next(model, {});
    if (i != Schedule::kNone) schedule.start(i);
    return i;
  }

  std::vector<plan::Stage> stages_;
};

TEST_F(ScheduleTest, AStageWaitsForWhatItNeeds) {
  add(StageKind::adapt, "m");
  add(StageKind::generate, "m", {"0"});
  Schedule all = schedule();
  EXPECT_EQ(take(all), 0U);
  EXPECT_EQ(take(all), Schedule::kNone);
  all.done(0);
  EXPECT_EQ(take(all), 1U);
  all.done(1);
  EXPECT_TRUE(all.settled());
}

TEST_F(ScheduleTest, FinishedStagesAreDoneFromTheStart) {
  add(StageKind::adapt, "m");
  add(StageKind::generate, "m", {"0"});
  add(StageKind::score, "", {"1"});
  Schedule all = schedule({"0", "1"});
  EXPECT_EQ(take(all), 2U);
  EXPECT_EQ(schedule({"0", "1", "2"}).settled(), true);
}

TEST_F(ScheduleTest, AWorkerKeepsToTheModelThatItHolds) {
  add(StageKind::generate, "a");
  add(StageKind::generate, "b");
  add(StageKind::generate, "b");
  Schedule all = schedule();
  EXPECT_EQ(take(all, "b"), 1U);
  EXPECT_EQ(take(all, "b"), 2U);
  EXPECT_EQ(take(all, "b"), 0U) << "another model is better than nothing";
}

TEST_F(ScheduleTest, AStageOfNoModelComesInThePlansOrder) {
  add(StageKind::score, "");
  add(StageKind::generate, "b");
  Schedule all = schedule();
  EXPECT_EQ(take(all, "b"), 0U);
  EXPECT_EQ(take(all, "b"), 1U);
}

TEST_F(ScheduleTest, StagesThatOthersMakeArePassedOver) {
  add(StageKind::generate, "a");
  add(StageKind::generate, "a");
  const Schedule all = schedule();
  EXPECT_EQ(all.next("a", {0}), 1U);
  EXPECT_EQ(all.next("a", {0, 1}), Schedule::kNone);
}

TEST_F(ScheduleTest, AMeasurementComesLastAndRunsAlone) {
  add(StageKind::measure, "a");
  add(StageKind::generate, "a");
  add(StageKind::measure, "a");
  Schedule all = schedule();
  EXPECT_EQ(take(all), 1U);
  EXPECT_EQ(take(all), Schedule::kNone) << "something runs";
  all.done(1);
  EXPECT_EQ(take(all), 0U);
  EXPECT_EQ(take(all), Schedule::kNone) << "a measurement runs";
  all.done(0);
  EXPECT_EQ(take(all), 2U);
}

TEST_F(ScheduleTest, NothingBeginsBesideAMeasurementEvenWhatBecameReady) {
  add(StageKind::measure, "a");
  Schedule all = schedule();
  EXPECT_EQ(take(all), 0U);
  all.retry(0);
  EXPECT_EQ(take(all), 0U) << "a measurement that was given back can begin again";
  all.failed(0);
  EXPECT_TRUE(all.settled());
  EXPECT_EQ(all.running(), 0U);
}

TEST_F(ScheduleTest, AFailureTakesAllThatNeedsIt) {
  add(StageKind::adapt, "a");
  add(StageKind::generate, "a", {"0"});
  add(StageKind::score, "", {"1"});
  add(StageKind::generate, "a");
  Schedule all = schedule();
  take(all);
  EXPECT_THAT(all.failed(0), UnorderedElementsAre(1U, 2U));
  EXPECT_EQ(all.state(2), State::failed);
  EXPECT_EQ(take(all), 3U);
  all.done(3);
  EXPECT_TRUE(all.settled());
}

TEST_F(ScheduleTest, AComparisonGoesOnWithoutWhatFailed) {
  for (int i = 0; i < 3; ++i) add(StageKind::score, "");
  add(StageKind::compare, "", {"0", "1", "2"});
  Schedule all = schedule();
  for (int i = 0; i < 3; ++i) take(all);
  EXPECT_THAT(all.failed(0), ElementsAre());
  all.done(1);
  EXPECT_EQ(all.state(3), State::waiting);
  EXPECT_THAT(all.failed(2), ElementsAre());
  EXPECT_EQ(take(all), 3U);
}

TEST_F(ScheduleTest, AComparisonOfNothingFails) {
  for (int i = 0; i < 2; ++i) add(StageKind::score, "");
  add(StageKind::compare, "", {"0", "1"});
  Schedule all = schedule();
  for (int i = 0; i < 2; ++i) take(all);
  EXPECT_THAT(all.failed(0), ElementsAre());
  EXPECT_THAT(all.failed(1), ElementsAre(2U));
  EXPECT_TRUE(all.settled());
}

TEST_F(ScheduleTest, OneFailureReachesAComparisonByManyWaysButOnce) {
  add(StageKind::adapt, "a");
  add(StageKind::score, "", {"0"});
  add(StageKind::score, "", {"0"});
  add(StageKind::score, "");
  add(StageKind::compare, "", {"1", "2", "3"});
  Schedule all = schedule();
  EXPECT_EQ(take(all, "a"), 0U);
  EXPECT_THAT(all.failed(0), UnorderedElementsAre(1U, 2U));
  EXPECT_EQ(take(all), 3U);
  all.done(3);
  EXPECT_EQ(take(all), 4U);
}

TEST_F(ScheduleTest, AChoiceGoesOnWithoutTheTrialsThatFailed) {
  for (int i = 0; i < 2; ++i) add(StageKind::adapt, "m");
  add(StageKind::score, "", {"0"});
  add(StageKind::score, "", {"1"});
  add(StageKind::choose, "", {"0", "2", "1", "3"});
  Schedule all = schedule();
  for (int i = 0; i < 2; ++i) take(all, "m");
  EXPECT_THAT(all.failed(0), ElementsAre(2U));
  all.done(1);
  EXPECT_EQ(take(all), 3U);
  all.done(3);
  EXPECT_EQ(take(all), 4U);
}

TEST_F(ScheduleTest, AChoiceAmongNothingFailsWithWhatRestsOnIt) {
  for (int i = 0; i < 2; ++i) add(StageKind::adapt, "m");
  add(StageKind::choose, "", {"0", "1"});
  add(StageKind::generate, "m", {"2"});
  Schedule all = schedule();
  for (int i = 0; i < 2; ++i) take(all, "m");
  EXPECT_THAT(all.failed(0), ElementsAre());
  EXPECT_THAT(all.failed(1), ElementsAre(2U, 3U));
  EXPECT_TRUE(all.settled());
}

TEST_F(ScheduleTest, WhatIsAwaitedMayFail) {
  for (int i = 0; i < 2; ++i) add(StageKind::adapt, "m");
  add(StageKind::choose, "", {});
  add(StageKind::generate, "m", {"2"});
  stages_.back().awaits = {"0", "1"};
  Schedule all = schedule({"2"});  // chosen before; what it was chosen from is gone and is made again
  EXPECT_EQ(take(all, "m"), 0U);
  EXPECT_EQ(take(all, "m"), 1U);
  EXPECT_EQ(take(all, "m"), Schedule::kNone);
  EXPECT_THAT(all.failed(0), ElementsAre());
  EXPECT_EQ(take(all, "m"), Schedule::kNone);
  all.done(1);
  EXPECT_EQ(take(all, "m"), 3U);
}

TEST_F(ScheduleTest, AStageWithTwoNeedsThatFailTogetherFailsOnce) {
  add(StageKind::adapt, "m");
  add(StageKind::score, "", {"0"});
  add(StageKind::score, "", {"0"});
  add(StageKind::generate, "m", {"1", "2"});
  Schedule all = schedule();
  take(all, "m");
  EXPECT_THAT(all.failed(0), UnorderedElementsAre(1U, 2U, 3U));
  EXPECT_TRUE(all.settled());
}

}  // namespace
}  // namespace assay::run
