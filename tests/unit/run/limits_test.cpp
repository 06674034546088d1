#include "run/limits.h"

#include <gmock/gmock.h>

namespace assay::run {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class SpendingTest : public ::testing::Test {
 protected:
  SpendingTest() {
    config::ModelSpec model;
    model.name = "remote";
    model.price = config::Price{1.0, 0.5, 2.0};
    experiment_.models = {model};
    model.name = "here";
    model.price.reset();
    model.dollars_per_hour = 36;
    experiment_.models.push_back(model);
  }
  config::Experiment experiment_;
};

TEST_F(SpendingTest, TokensCostWhatThePriceSheetSays) {
  Spending spending(experiment_);
  spending.add("remote", 1'000'000, 400'000, 500'000, 60);
  EXPECT_DOUBLE_EQ(spending.dollars(), 0.6 + 0.2 + 1.0);
  EXPECT_EQ(spending.tokens(), 1'500'000);
}

TEST_F(SpendingTest, OfRemoteModelsTheGatewayCountsTokensAndJobsAndThisTheHours) {
  experiment_.models[0].source = "openai";
  experiment_.models[0].dollars_per_hour = 36;
  Spending spending(experiment_);
  spending.begin_with(0.25);
  spending.add("remote", 1'000'000, 0, 0, 50);
  EXPECT_DOUBLE_EQ(spending.elsewhere(), 0.25 + 0.5);
  for (const double counted : {1.0, 1.5}) spending.set_remote(counted);
  EXPECT_DOUBLE_EQ(spending.dollars(), 0.75 + 1.5);
  EXPECT_EQ(spending.tokens(), 1'000'000);
}

TEST_F(SpendingTest, AMachineCostsItsSeconds) {
  Spending spending(experiment_);
  spending.add("here", 100, 0, 100, 50);
  EXPECT_DOUBLE_EQ(spending.dollars(), 0.5);
}

TEST_F(SpendingTest, WithoutABudgetNothingIsRefused) {
  EXPECT_EQ(Spending(experiment_).refusal(1e9, 1'000'000'000, 1e9, 1e9), "");
}

TEST_F(SpendingTest, WorkThatWouldPassABudgetIsRefusedWithTheNumbers) {
  experiment_.budget.dollars = 1.0;
  Spending spending(experiment_);
  spending.add("here", 0, 0, 0, 90);
  EXPECT_EQ(spending.refusal(0.1, 0, 0, 0), "") << "up to it is allowed";
  EXPECT_THAT(spending.refusal(0.11, 0, 0, 0),
              AllOf(HasSubstr("$1 would be passed"), HasSubstr("$0.9 spent"), HasSubstr("$0.11")));
}

TEST_F(SpendingTest, TokensAndTimeAreBudgetsToo) {
  experiment_.budget.tokens = 100;
  experiment_.budget.wall_seconds = 60;
  Spending spending(experiment_);
  EXPECT_EQ(spending.refusal(0, 100, 30, 30), "");
  EXPECT_THAT(spending.refusal(0, 101, 0, 0), HasSubstr("100 tokens"));
  EXPECT_THAT(spending.refusal(0, 0, 31, 30), HasSubstr("60 s"));
}

}  // namespace
}  // namespace assay::run
