#include "run/conversation_examples.h"

#include <assay/sdk/error.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "unit/models/temporary_folder.h"
#include "unit/models/tiny_model.h"

namespace assay::run {
namespace {

using ::testing::HasSubstr;

constexpr const char* kChatMl =
    "{%- for m in messages -%}{{- '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' -}}{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}";
class ConversationExamplesTest : public ::testing::Test {
 protected:
  ConversationExamplesTest() {
    const models::ModelConfig config = models::tiny_config();
    models::write_tiny_model(folder_.path(), config, models::random_weights(config, 1));
    model_ = std::make_unique<models::LocalModel>(folder_.path());
  }

  models::TemporaryFolder folder_;
  std::unique_ptr<models::LocalModel> model_;
};

TEST_F(ConversationExamplesTest, ATemplateThatCannotTellTheTurnsIsRefusedWithTheRow) {
  folder_.write("chat.j2",
                "{% for m in messages %}{{ m.role }}{{ m.content }}{% endfor %}{{ '?' if add_generation_prompt }}");
  folder_.write("chats.jsonl", R"({"instruction": "a", "output": "b"})"
                               "\n");
  sdk::ConversationData data;
  data.files = {(folder_.path() / "chats.jsonl").string()};
  data.chat_template = (folder_.path() / "chat.j2").string();
  try {
    static_cast<void>(conversation_examples(data, *model_, 1));
    FAIL();
  } catch (const BadInput& error) {
    EXPECT_THAT(error.what(), HasSubstr("chats.jsonl"));
    EXPECT_THAT(error.what(), HasSubstr("{% generation %}"));
  }
}

TEST_F(ConversationExamplesTest, ATemplateThatForgetsGivesATextATurn) {
  folder_.write("chat.j2",
                "{% for m in messages %}<{{ m.role }}>{{ m.content if loop.last or m.role == 'user' }}.{% endfor %}"
                "{{ '<assistant>' if add_generation_prompt }}");
  folder_.write("chats.jsonl", R"({"instruction": "a", "output": "b", "history": [["c", "d"]]})"
                               "\n");
  sdk::ConversationData data;
  data.files = {(folder_.path() / "chats.jsonl").string()};
  data.chat_template = (folder_.path() / "chat.j2").string();
  const auto read = conversation_examples(data, *model_, 1);
  EXPECT_EQ(read.conversations, 1);
  EXPECT_EQ(read.examples.size(), 2U);
}

TEST_F(ConversationExamplesTest, TokensOfTheMarkedBytesCount) {
  folder_.write("chat.j2", kChatMl);
  folder_.write("chats.jsonl",
                R"({"messages": [{"role": "user", "content": "one"}, {"role": "assistant", "content": "two"}]})"
                "\n");
  sdk::ConversationData data;
  data.files = {(folder_.path() / "chats.jsonl").string()};
  data.chat_template = (folder_.path() / "chat.j2").string();
  const auto read = conversation_examples(data, *model_, 1);
  ASSERT_EQ(read.examples.size(), 1U);
  std::vector<std::int32_t> counted;
  for (std::size_t t = 0; t < read.examples[0].tokens.size(); ++t) {
    if (read.examples[0].loss_weights[t] > 0) counted.push_back(read.examples[0].tokens[t]);
  }
  EXPECT_EQ(model_->tokenizer().decode(counted, false), "two<|im_end|>\n");
}

TEST_F(ConversationExamplesTest, WhatIsTooLongFailsIsDroppedOrCut) {
  folder_.write("chat.j2", kChatMl);
  folder_.write("chats.jsonl", R"({"instruction": "a", "output": ")" + std::string(400, 'b') +
                                   "\"}\n"
                                   R"({"instruction": "a", "output": "b"})"
                                   "\n");
  sdk::ConversationData data;
  data.files = {(folder_.path() / "chats.jsonl").string()};
  data.chat_template = (folder_.path() / "chat.j2").string();
  EXPECT_THROW(static_cast<void>(conversation_examples(data, *model_, 1)), BadInput);
  data.too_long = "drop";
  const auto dropped = conversation_examples(data, *model_, 1);
  EXPECT_EQ(dropped.examples.size(), 1U);
  EXPECT_EQ(dropped.dropped, 1);
  data.too_long = "truncate";
  const auto cut = conversation_examples(data, *model_, 1);
  EXPECT_EQ(cut.examples.size(), 2U);
  EXPECT_EQ(cut.truncated, 1);
}

TEST_F(ConversationExamplesTest, WithoutAChatTemplateTrainingSaysSo) {
  folder_.write("chats.jsonl", R"({"instruction": "a", "output": "b"})"
                               "\n");
  sdk::ConversationData data;
  data.files = {(folder_.path() / "chats.jsonl").string()};
  EXPECT_THROW(static_cast<void>(conversation_examples(data, *model_, 1)), BadInput);
}

}  // namespace
}  // namespace assay::run
