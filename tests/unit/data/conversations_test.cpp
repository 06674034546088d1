#include "data/conversations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>

#include "assay/sdk/error.h"

namespace assay::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ConversationsTest : public ::testing::Test {
 protected:
  std::vector<Conversation> read(const std::string& text, const std::string& name = "chats.jsonl") const {
    const auto file = std::filesystem::path(::testing::TempDir()) / name;
    std::ofstream(file) << text;
    return read_conversations(file);
  }
  std::string refusal(const std::string& text) const {
    try {
      read(text);
    } catch (const BadInput& error) {
      return error.what();
    }
    return "accepted";
  }
};

using Messages = std::vector<sdk::Message>;

TEST_F(ConversationsTest, RowsOfAllThreeShapesMayShareAFile) {
  const auto all = read(
      R"({"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, {"role": "assistant", "content": "x", "weight": 0}, {"role": "user", "content": "c"}, {"role": "assistant", "content": "y"}]})"
      "\n"
      R"({"system": "be brief", "conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "r"}]})"
      "\n"
      R"({"instruction": "add", "input": "1 2", "output": "3", "history": [["hi", "hello"]]})"
      "\n"
      R"({"instruction": "greet", "input": "", "output": "hi"})"
      "\n");
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].messages,
            (Messages{{"system", "s"}, {"user", "ab"}, {"assistant", "x"}, {"user", "c"}, {"assistant", "y"}}));
  EXPECT_THAT(all[0].learnt, ElementsAre(false, false, false, false, true));
  EXPECT_EQ(all[1].messages, (Messages{{"system", "be brief"}, {"user", "q"}, {"assistant", "r"}}));
  EXPECT_EQ(all[2].messages,
            (Messages{{"user", "hi"}, {"assistant", "hello"}, {"user", "add\n\n1 2"}, {"assistant", "3"}}));
  EXPECT_THAT(all[2].learnt, ElementsAre(false, true, false, true));
  EXPECT_EQ(all[3].messages.front().content, "greet");
}

TEST_F(ConversationsTest, TheirWordsAreCounted) {
  const auto file = std::filesystem::path(::testing::TempDir()) / "counted.json";
  std::ofstream(file)
      << R"([{"instruction": "one  two", "output": "three"}, {"system": "a", "instruction": "b", "output": "c d e"}])";
  const ConversationSummary summary = summarize_conversations(file);
  EXPECT_EQ(summary.conversations, 2U);
  EXPECT_EQ(summary.words, 4);
}

TEST_F(ConversationsTest, AJsonFileHoldsAList) {
  EXPECT_EQ(read(R"([{"instruction": "a", "output": "b"}, {"instruction": "c", "output": "d"}])", "list.json").size(),
            2U);
}

TEST_F(ConversationsTest, WhatCannotBeReadIsNamedWithItsLine) {
  const std::string good = R"({"instruction": "a", "output": "b"})"
                           "\n";
  EXPECT_THAT(refusal(good + R"({"prompt": "a"})"), HasSubstr("chats.jsonl, row 2: it has neither `messages`"));
  EXPECT_THAT(refusal(R"({"messages": [{"role": "tool", "content": "a"}]})"),
              HasSubstr("the role 'tool' is not known"));
  EXPECT_THAT(refusal(R"({"messages": [{"role": "user", "content": "a"}]})"), HasSubstr("no answer of an assistant"));
  EXPECT_THAT(refusal(R"({"messages": [{"role": "assistant", "content": 3}]})"), HasSubstr("`content` must be a text"));
  EXPECT_THAT(refusal(R"({"conversations": [{"from": "bot", "value": "a"}]})"), HasSubstr("`from` is 'bot'"));
  EXPECT_THAT(refusal("\n"), HasSubstr("holds no conversation"));
}

TEST(MixtureTest, SetsGiveTheirSharesAndBeginAgainWhenTheyRunOut) {
  const std::vector<std::size_t> sizes{100, 3};
  const std::vector<double> weights{3, 1};
  std::map<std::size_t, std::vector<std::size_t>> taken;
  for (const auto& [set, index] : mixture(sizes, weights, 30, 5)) taken[set].push_back(index);
  EXPECT_EQ(taken[0].size(), 23U);  // 22.5 and 7.5: the first of equal remainders
  EXPECT_EQ(taken[1].size(), 7U);
  EXPECT_EQ(std::set<std::size_t>(taken[0].begin(), taken[0].end()).size(), 23U);
  EXPECT_EQ(std::set<std::size_t>(taken[1].begin(), taken[1].end()).size(), 3U);
  EXPECT_EQ(mixture(sizes, weights, 30, 5), mixture(sizes, weights, 30, 5));
  EXPECT_NE(mixture(sizes, weights, 30, 5), mixture(sizes, weights, 30, 6));
}

TEST(MixtureTest, WithoutWeightsEveryConversationIsTakenOnce) {
  const std::vector<std::size_t> sizes{4, 2};
  const auto all = mixture(sizes, {}, 0, 1);
  EXPECT_EQ(std::set(all.begin(), all.end()).size(), 6U);
  EXPECT_EQ(all.size(), 6U);
}

}  // namespace
}  // namespace assay::data
