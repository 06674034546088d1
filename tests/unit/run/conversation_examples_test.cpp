#include "run/conversation_examples.h"

#include <assay/sdk/error.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "text/jinja/template.h"
#include "unit/models/temporary_folder.h"
#include "unit/models/tiny_model.h"

namespace assay::run {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kChatMl =
    "{%- for m in messages -%}{{- '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' -}}{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}";
constexpr const char* kLlama2 =
    "{%- for m in messages -%}{%- if m.role == 'user' -%}{{- bos_token + '[INST] ' + m.content + ' [/INST]' -}}"
    "{%- else -%}{{- ' ' + m.content + ' ' + eos_token -}}{%- endif -%}{%- endfor -%}";
/// Earlier answers lose what stands before "|": only the marks tell the turns.
constexpr const char* kForgetful =
    "{%- for m in messages -%}{%- if m.role == 'user' -%}{{- 'Q ' + m.content + ' A ' -}}{%- else -%}"
    "{%- generation -%}{{- (m.content if loop.last else m.content.split('|')[-1]) + '.' -}}{%- endgeneration -%}{%- endif -%}{%- endfor -%}";

class ConversationExamplesTest : public ::testing::Test {
 protected:
  ConversationExamplesTest() {
    const models::ModelConfig config = models::tiny_config();
    models::write_tiny_model(folder_.path(), config, models::random_weights(config, 1));
    model_ = std::make_unique<models::LocalModel>(folder_.path());
  }

  static data::Conversation conversation() {
    return {{{"user", "one"}, {"assistant", "x|two"}, {"user", "three"}, {"assistant", "y|four"}}, {false, true, false, true}, "chats.jsonl, row 1"};
  }

  std::vector<std::string> learnt(const char* chat_template, const data::Conversation& given) const {
    const auto rendered = render_conversation(given, text::Template::parse(chat_template, {}), model_->tokenizer());
    std::vector<std::string> parts;
    for (const auto& [begin, end] : rendered.learnt) parts.push_back(rendered.text.substr(begin, end - begin));
    return parts;
  }

  models::TemporaryFolder folder_;
  std::unique_ptr<models::LocalModel> model_;
};

TEST_F(ConversationExamplesTest, TheAssistantsTurnsAreLearntWithTheirEndings) {
  EXPECT_THAT(learnt(kChatMl, conversation()), ElementsAre("x|two<|im_end|>\n", "y|four<|im_end|>\n"));
  EXPECT_THAT(learnt(kLlama2, conversation()), ElementsAre(" x|two </s>", " y|four </s>"));
  EXPECT_THAT(learnt(kForgetful, conversation()), ElementsAre("two.", "y|four."));
}

TEST_F(ConversationExamplesTest, AnAnswerOfWeightZeroIsContextOnly) {
  data::Conversation given = conversation();
  given.learnt[1] = false;
  EXPECT_THAT(learnt(kChatMl, given), ElementsAre("y|four<|im_end|>\n"));
  EXPECT_THAT(learnt(kForgetful, given), ElementsAre("y|four."));
}

TEST_F(ConversationExamplesTest, ATemplateThatForgetsWithoutMarksIsRefused) {
  std::string unmarked = kForgetful;
  for (const std::string mark : {"{%- generation -%}", "{%- endgeneration -%}"}) unmarked.erase(unmarked.find(mark), mark.size());
  try {
    learnt(unmarked.c_str(), conversation());
    FAIL();
  } catch (const BadInput& error) {
    EXPECT_THAT(error.what(), HasSubstr("chats.jsonl, row 1"));
    EXPECT_THAT(error.what(), HasSubstr("{% generation %}"));
  }
}

TEST_F(ConversationExamplesTest, TokensOfTheMarkedBytesCount) {
  folder_.write("chat.j2", kChatMl);
  folder_.write("chats.jsonl", R"({"messages": [{"role": "user", "content": "one"}, {"role": "assistant", "content": "two"}]})" "\n");
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
  folder_.write("chats.jsonl", R"({"instruction": "a", "output": ")" + std::string(400, 'b') + "\"}\n" R"({"instruction": "a", "output": "b"})" "\n");
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
  folder_.write("chats.jsonl", R"({"instruction": "a", "output": "b"})" "\n");
  sdk::ConversationData data;
  data.files = {(folder_.path() / "chats.jsonl").string()};
  EXPECT_THROW(static_cast<void>(conversation_examples(data, *model_, 1)), BadInput);
}

}  // namespace
}  // namespace assay::run
