#include "train/schedule.h"

#include <assay/sdk/error.h>
#include <gtest/gtest.h>

namespace assay::train {
namespace {

TEST(ScheduleTest, WarmUpRisesLinearlyAndItsFirstStepMoves) {
  const Schedule s{.kind = Schedule::Kind::cosine, .peak = 1.0, .warmup_steps = 4, .total_steps = 104};
  EXPECT_DOUBLE_EQ(s.at(0), 0.25);
  EXPECT_DOUBLE_EQ(s.at(3), 1.0);
  EXPECT_DOUBLE_EQ(s.at(4), 1.0);
}

TEST(ScheduleTest, CosineFallsToItsFinalShare) {
  const Schedule s{
      .kind = Schedule::Kind::cosine, .peak = 2.0, .warmup_steps = 0, .total_steps = 100, .final_share = 0.1};
  EXPECT_DOUBLE_EQ(s.at(50), 2.0 * (0.1 + 0.9 * 0.5));
  EXPECT_NEAR(s.at(100), 0.2, 1e-12);
  EXPECT_NEAR(s.at(1000), 0.2, 1e-12);
}

TEST(ScheduleTest, LinearFallsByEqualSteps) {
  const Schedule s{.kind = Schedule::Kind::linear, .peak = 1.0, .warmup_steps = 10, .total_steps = 20};
  EXPECT_NEAR(s.at(12) - s.at(13), 0.1, 1e-12);
  EXPECT_NEAR(s.at(19), 0.1, 1e-12);
}

TEST(ScheduleTest, ConstantStays) {
  const Schedule s{.kind = Schedule::Kind::constant, .peak = 0.3, .warmup_steps = 1, .total_steps = 9};
  EXPECT_DOUBLE_EQ(s.at(8), 0.3);
}

TEST(ScheduleTest, AnUnknownNameIsRefused) { EXPECT_THROW(Schedule::parse("polynomial"), BadInput); }

}  // namespace
}  // namespace assay::train
