#include "models/remote/answer_journal.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "models/remote/completion_json.h"

namespace assay::models::remote {
namespace {

struct AnswerJournalTest : ::testing::Test {
  std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("assay-journal-" + std::to_string(::getpid())) / "answers.jsonl";
  ~AnswerJournalTest() override { std::filesystem::remove_all(file.parent_path()); }
};

TEST_F(AnswerJournalTest, WhatWasAddedIsFoundByThisAndTheNext) {
  {
    AnswerJournal journal(file, 1);
    journal.add(hash_text("a"), 0.25, {{"ms", 1}});
    journal.add(hash_text("b"), 0.5, {{"ms", 2}});
    EXPECT_EQ(journal.find(hash_text("b")).value()["ms"], 2);
    EXPECT_FALSE(journal.find(hash_text("c")));
  }
  AnswerJournal next(file, 2);
  EXPECT_EQ(next.find(hash_text("a")).value()["ms"], 1);
  EXPECT_EQ(next.dollars_of_run(), 0);
  EXPECT_DOUBLE_EQ(AnswerJournal(file, 1).dollars_of_run(), 0.75);
}

TEST_F(AnswerJournalTest, ATornLineIsNotThereAndNothingAfterItIsLost) {
  { AnswerJournal(file, 1).add(hash_text("a"), 0, 1); }
  std::ofstream(file, std::ios::app) << R"({"key":"00)";
  { AnswerJournal(file, 1).add(hash_text("b"), 0, 2); }
  const AnswerJournal journal(file, 1);
  EXPECT_EQ(journal.size(), 2U);
  EXPECT_EQ(journal.find(hash_text("b")), Json(2));
}

TEST_F(AnswerJournalTest, AKillLosesNothingThatWasAdded) {
  std::filesystem::create_directories(file.parent_path());
  const pid_t child = ::fork();
  if (child == 0) {
    AnswerJournal journal(file, 1);
    for (int i = 0; i < 100; ++i) journal.add(hash_text(std::to_string(i)), 0, i);
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(AnswerJournal(file, 1).size(), 100U);
}

TEST(CompletionJsonTest, ACompletionComesBackAsItWas) {
  sdk::Completion completion;
  completion.samples = {{"h\xC3\xA9", "stop", {-0.5, -1}}, {"", "length", {}}};
  completion.usage = {.prompt_tokens = 5, .cached_prompt_tokens = 2, .completion_tokens = 3, .estimated = true};
  const sdk::Completion again = completion_from_json(Json::parse(to_json(completion).dump()));
  EXPECT_EQ(again.samples[0].text, "h\xC3\xA9");
  EXPECT_EQ(again.samples[0].log_probabilities, (std::vector<double>{-0.5, -1}));
  EXPECT_EQ(again.samples[1].finish_reason, "length");
  EXPECT_EQ(again.usage, completion.usage);
}

}  // namespace
}  // namespace assay::models::remote
