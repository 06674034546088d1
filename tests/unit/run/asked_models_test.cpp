#include <gmock/gmock.h>

#include <fstream>

#include "assay/sdk/error.h"
#include "run/budgeted_model.h"
#include "run/replayed_model.h"
#include "unit/data/folder_fixture.h"
#include "unit/run/fake_model.h"

namespace assay::run {
namespace {

using ::testing::SizeIs;

sdk::Request generate(const std::string& text, int max_tokens, int samples = 1) {
  sdk::Generate what;
  what.prompt.text = text;
  what.settings.max_tokens = max_tokens;
  what.samples = samples;
  sdk::Request request;
  request.what = std::move(what);
  request.example_id = text;
  return request;
}

class AskedModelsTest : public testing::FolderFixture {
 protected:
  testing::FakeModel model_;  // a token is a byte; an answer takes 10 + 2
};

TEST_F(AskedModelsTest, WhatAnAnswerMayTakeIsSetAsideBeforeItIsAskedFor) {
  StageBudget budget(20, {}, {});
  BudgetedModel asked(model_, budget);
  EXPECT_THROW(asked.submit({generate("12345", 16)}), BudgetSpent);
  EXPECT_THAT(model_.batches, SizeIs(0)) << "nothing is asked that may take too much";
  EXPECT_THROW(asked.submit({generate("12345", 5, 4)}), BudgetSpent) << "each sample may take that much";
  asked.submit({generate("12345", 5)});
  EXPECT_THROW(asked.submit({generate("12345", 6)}), BudgetSpent)
      << "while it is under way, ten of the twenty are set aside";
  asked.collect();
  EXPECT_EQ(budget.tokens_spent(), 12);
  asked.submit({generate("1", 7)});
}

TEST_F(AskedModelsTest, ABudgetInDollarsCountsByThePrice) {
  StageBudget budget({}, 1e-4, plan::PriceJob{1.0, 0.5, 10.0});
  BudgetedModel asked(model_, budget);
  EXPECT_THROW(asked.submit({generate("12345", 10)}), BudgetSpent) << "5 + 100 millionths of a dollar";
  sdk::ask_all(asked, {generate("12345", 9)});
  EXPECT_THROW(asked.submit({generate("12345", 7)}), BudgetSpent) << "10 + 20 are spent, 5 + 70 may come";
  asked.submit({generate("12345", 6)});
}

TEST_F(AskedModelsTest, AStageThatGoesOnIsGivenWhatWasAnsweredAndChargedForIt) {
  const auto file = folder_ / "kept" / "answers.jsonl";
  model_.reply = [](const sdk::Request& request) {
    sdk::Completion completion;
    completion.samples = {{"answer to " + request.example_id + " \xFF", "stop", {-0.1, -1e-17, -INFINITY}}};
    completion.choice_scores = {-0.3, -INFINITY};
    completion.embedding = {0.1F, -3e-9F};
    completion.usage = {.prompt_tokens = 10, .cached_prompt_tokens = 3, .completion_tokens = 2};
    return completion;
  };
  sdk::Completion first;
  {
    ReplayedModel kept(model_, file);
    first = sdk::ask_all(kept, {generate("one", 5)}).front();
  }
  std::ofstream(file, std::ios::app | std::ios::binary) << "[\"cut of";  // killed while it wrote
  ReplayedModel again(model_, file);
  const std::vector<sdk::Completion> completions =
      sdk::ask_all(again, {generate("one", 5), generate("two", 5), generate("one", 6)});
  EXPECT_THAT(model_.batches, SizeIs(2));
  EXPECT_THAT(model_.batches.back(), SizeIs(2)) << "other settings are another question";
  EXPECT_EQ(completions[0].samples.front().log_probabilities, first.samples.front().log_probabilities);
  EXPECT_EQ(completions[0].choice_scores, first.choice_scores);
  EXPECT_EQ(completions[0].embedding, first.embedding);
  EXPECT_EQ(completions[0].usage, first.usage) << "the stage has paid for it, if before it was killed";
  EXPECT_EQ(sdk::ask_all(again, {generate("one", 5)}).front().usage, sdk::Usage{}) << "once";
  ReplayedModel third(model_, file);
  EXPECT_THAT(model_.batches, SizeIs(2));
  sdk::ask_all(third, {generate("two", 5)});
  EXPECT_THAT(model_.batches, SizeIs(2)) << "what came after the cut line is kept, too";
}

TEST_F(AskedModelsTest, WhatFailedIsAskedAgain) {
  model_.reply = [](const sdk::Request&) {
    sdk::Completion completion;
    completion.error = "busy";
    return completion;
  };
  ReplayedModel kept(model_, folder_ / "answers.jsonl");
  EXPECT_EQ(sdk::ask_all(kept, {generate("one", 5)}).front().error, "busy");
  sdk::ask_all(kept, {generate("one", 5)});
  EXPECT_THAT(model_.batches, SizeIs(2));
}

}  // namespace
}  // namespace assay::run
