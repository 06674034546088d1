#include "data/conversations.h"

#include <gmock/gmock.h>

#include "unit/data/folder_fixture.h"

namespace assay::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using sdk::Message;

class ConversationsTest : public assay::testing::FolderFixture {
 protected:
  std::vector<Conversation> read(const std::string& text, const std::string& name = "chats.jsonl") const {
    return read_conversations(write(name, text));
  }
};

TEST_F(ConversationsTest, OpenAisMessagesAreReadAsTheyAre) {
  const auto all = read(R"({"messages":[{"role":"developer","content":"be kind"},{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"role":"assistant","content":"c","weight":0},{"role":"user","content":"d"},{"role":"assistant","content":"e","weight":1}]})");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_THAT(all[0].messages, ElementsAre(Message{"system", "be kind"}, Message{"user", "ab"}, Message{"assistant", "c"}, Message{"user", "d"},
                                           Message{"assistant", "e"}));
  EXPECT_THAT(all[0].learnt, ElementsAre(false, false, false, false, true));
}

TEST_F(ConversationsTest, ShareGptsConversationsAreReadAsTheyAre) {
  const auto all = read(R"([{"id":"x","system":"be brief","conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"}]}])", "share.json");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_THAT(all[0].messages, ElementsAre(Message{"system", "be brief"}, Message{"user", "a"}, Message{"assistant", "b"}));
  EXPECT_THAT(all[0].learnt, ElementsAre(false, false, true));
}

TEST_F(ConversationsTest, AlpacasRowsAreReadAsTheyAre) {
  const auto all = read("instruction,input,output\nadd,1 and 2,3\nsay hi,,hi\n", "alpaca.csv");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_THAT(all[0].messages, ElementsAre(Message{"user", "add\n\n1 and 2"}, Message{"assistant", "3"}));
  EXPECT_THAT(all[1].messages, ElementsAre(Message{"user", "say hi"}, Message{"assistant", "hi"}));
}

TEST_F(ConversationsTest, ShapesMayStandBesideEachOther) {
  EXPECT_EQ(read("{\"instruction\":\"a\",\"output\":\"b\"}\n{\"messages\":[{\"role\":\"assistant\",\"content\":\"c\"}]}\n").size(), 2U);
}

TEST_F(ConversationsTest, WhatIsWrongIsNamedWithItsRow) {
  const auto error = [&](const std::string& text, const std::string& name = "chats.jsonl") { return error_of([&] { read(text, name); }); };
  EXPECT_THAT(error("{\"text\":\"a\"}"), HasSubstr("chats.jsonl, row 1: this row is no conversation: it has neither `messages`"));
  EXPECT_THAT(error("{\"messages\":[{\"role\":\"bot\",\"content\":\"a\"}]}"),
              HasSubstr("row 1: a message's 'role' is 'bot'; known: assistant, developer, system, tool, user"));
  EXPECT_THAT(error("{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}"), HasSubstr("has no turn of the assistant to learn from"));
  EXPECT_THAT(error("{\"messages\":[{\"role\":\"assistant\",\"content\":null}]}"), HasSubstr("a message's content must be a text, found null"));
  EXPECT_THAT(error("{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]}"), HasSubstr("a part that is no text"));
  EXPECT_THAT(error("{\"messages\":7}"), HasSubstr("'messages' must be a list"));
  EXPECT_THAT(error("{\"instruction\":\"a\",\"output\":7}"), HasSubstr("'output' must be a text, found number"));
  EXPECT_THAT(error("{}", "one.json"), HasSubstr("one.json: a .json file of conversations must be one list of rows"));
  EXPECT_THAT(error("\n"), HasSubstr("holds no conversation"));
}

}  // namespace
}  // namespace assay::data
