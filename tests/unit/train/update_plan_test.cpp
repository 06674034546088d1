#include "train/update_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "train/batches.h"
#include "unit/train/tiny_model.h"

namespace assay::train {
namespace {

std::vector<std::vector<std::size_t>> all_updates(const std::vector<TrainingExample>& examples,
                                                  const TrainingSettings& settings) {
  UpdatePlan plan(examples, settings);
  std::vector<std::vector<std::size_t>> updates;
  for (std::int64_t number = 0; number < plan.updates(); ++number) {
    const auto update = plan.examples(number);
    updates.emplace_back(update.begin(), update.end());
  }
  return updates;
}

std::int64_t tokens_of(const std::vector<TrainingExample>& examples, const std::vector<std::size_t>& update) {
  std::int64_t tokens = 0;
  for (const std::size_t i : update) tokens += rows_of(examples[i]);
  return tokens;
}

TEST(UpdatePlanTest, AnUpdateTakesBatchSizeTimesAccumulationExamplesOfTheEpochsOrder) {
  const auto examples = testing::tiny_examples(25, 3);
  TrainingSettings settings;
  settings.batch_size = 3, settings.gradient_accumulation = 2, settings.epochs = 2, settings.seed = 5;
  const auto updates = all_updates(examples, settings);
  ASSERT_EQ(updates.size(), 10U);
  for (int epoch = 0; epoch < 2; ++epoch) {
    std::vector<std::size_t> joined;
    for (int i = 0; i < 5; ++i) {
      const auto& update = updates[static_cast<std::size_t>(epoch * 5 + i)];
      EXPECT_EQ(update.size(), i < 4 ? 6U : 1U);
      joined.insert(joined.end(), update.begin(), update.end());
    }
    EXPECT_EQ(joined, epoch_order(25, 5, epoch));
  }
}

TEST(UpdatePlanTest, ABatchOfTokensIsFilledButNeverOverfilled) {
  const auto examples = testing::tiny_examples(60, 3);
  TrainingSettings settings;
  settings.batch_tokens = 100, settings.epochs = 1;
  const auto updates = all_updates(examples, settings);
  std::set<std::size_t> seen;
  for (std::size_t u = 0; u < updates.size(); ++u) {
    EXPECT_LE(tokens_of(examples, updates[u]), 100);
    seen.insert(updates[u].begin(), updates[u].end());
    const bool last = u + 1 == updates.size();
    EXPECT_TRUE(last || tokens_of(examples, updates[u]) + rows_of(examples[updates[u + 1].front()]) > 100);
  }
  EXPECT_EQ(seen.size(), 60U);
}

TEST(UpdatePlanTest, AnExampleLongerThanTheBudgetIsABatchOfItsOwn) {
  const auto examples = testing::tiny_examples(10, 3);
  TrainingSettings settings;
  settings.batch_tokens = 1, settings.epochs = 1;
  EXPECT_EQ(all_updates(examples, settings).size(), 10U);
}

TEST(UpdatePlanTest, TrainingEndsBeforeTheUpdateThatWouldPassMaxTokens) {
  const auto examples = testing::tiny_examples(25, 3);
  TrainingSettings settings;
  settings.batch_size = 4, settings.epochs = 1, settings.max_tokens = 3000;  // more than an epoch has
  const auto updates = all_updates(examples, settings);
  std::int64_t tokens = 0;
  for (const auto& update : updates) tokens += tokens_of(examples, update);
  EXPECT_LE(tokens, 3000);
  EXPECT_GT(updates.size(), 7U);
  settings.max_tokens = tokens + 1;
  EXPECT_EQ(all_updates(examples, settings).size(), updates.size());
  settings.max_tokens = tokens - 1;
  EXPECT_EQ(all_updates(examples, settings).size(), updates.size() - 1);
  settings.max_tokens = 1;
  EXPECT_EQ(all_updates(examples, settings).size(), 1U);
}

TEST(UpdatePlanTest, WhicheverLimitComesFirstEndsTheRun) {
  const auto examples = testing::tiny_examples(25, 3);
  TrainingSettings settings;
  settings.batch_size = 4, settings.max_tokens = 1000000, settings.max_steps = 40;
  EXPECT_EQ(all_updates(examples, settings).size(), 40U);
}

TEST(UpdatePlanTest, AnyUpdateCanBeAskedForInAnyOrder) {
  const auto examples = testing::tiny_examples(25, 3);
  TrainingSettings settings;
  settings.batch_tokens = 64, settings.epochs = 3;
  const auto forwards = all_updates(examples, settings);
  UpdatePlan plan(examples, settings);
  std::int64_t epochs = 0;
  for (std::int64_t number = plan.updates() - 1; number >= 0; --number) {
    const auto update = plan.examples(number);
    EXPECT_TRUE(std::equal(update.begin(), update.end(), forwards[static_cast<std::size_t>(number)].begin(),
                           forwards[static_cast<std::size_t>(number)].end()));
    epochs += plan.ends_epoch(number) ? 1 : 0;
  }
  EXPECT_EQ(epochs, 3);
}

}  // namespace
}  // namespace assay::train
