#include "models/local/chat_template.h"

#include <assay/sdk/error.h>
#include <gmock/gmock.h>

namespace assay::models {
namespace {

using sdk::Message;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const std::vector<Message> kTalk{
    {"system", "be kind"}, {"user", "one?"}, {"assistant", "1"}, {"user", "two?"}, {"assistant", "2"}};
const std::vector<bool> kAll{false, false, true, false, true};

constexpr const char* kChatMl =
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}"
    "{{ '<|im_start|>assistant\n' if add_generation_prompt }}";

ChatTemplate chat(const std::string& source) {
  return {source, "chat", OrderedJson{{"bos_token", "<s>"}, {"eos_token", "</s>"}}};
}

/// What is learnt of each text, turn by turn.
std::vector<std::vector<std::string>> learnt(const ChatTemplate& chat, const std::vector<Message>& messages = kTalk,
                                             const std::vector<bool>& which = kAll) {
  std::vector<std::vector<std::string>> all;
  for (const MarkedText& text : chat.learnt_texts(messages, which)) {
    all.emplace_back();
    for (const auto& [begin, end] : text.learnt) all.back().push_back(text.text.substr(begin, end - begin));
  }
  return all;
}

TEST(ChatTemplateTest, ATurnIsWhatItAddsToWhereTheModelIsAsked) {
  EXPECT_THAT(learnt(chat(kChatMl)), ElementsAre(ElementsAre("1<|im_end|>\n", "2<|im_end|>\n")));
  EXPECT_EQ(chat(kChatMl).learnt_texts(kTalk, kAll)[0].text, chat(kChatMl).render(kTalk, false));
}

TEST(ChatTemplateTest, TheTokenizersSpecialTokensAreThere) {
  const auto llama2 = chat(
      "{%- for m in messages -%}{%- if m.role == 'user' -%}{{- bos_token + '[INST] ' + m.content + ' [/INST]' -}}"
      "{%- elif m.role == 'assistant' -%}{{- ' ' + m.content + ' ' + eos_token -}}{%- endif -%}{%- endfor -%}");
  EXPECT_THAT(learnt(llama2), ElementsAre(ElementsAre(" 1 </s>", " 2 </s>")));
}

TEST(ChatTemplateTest, TurnsThatDoNotCountAreContext) {
  EXPECT_THAT(learnt(chat(kChatMl), kTalk, {false, false, false, false, true}),
              ElementsAre(ElementsAre("2<|im_end|>\n")));
}

// transformers' own way of telling what the assistant wrote: return_assistant_tokens_mask reads these blocks.
TEST(ChatTemplateTest, GenerationBlocksSayWhatIsLearnt) {
  const auto marked = chat(
      "{% for m in messages %}{% if m.role == 'assistant' %}A:{% generation %} {{ m.content }}<end>{% endgeneration "
      "%}\n\n"
      "{% else %}{{ m.role }}: {{ m.content }}\n{% endif %}{% endfor %}{{ 'A:' if add_generation_prompt }}");
  EXPECT_THAT(learnt(marked), ElementsAre(ElementsAre(" 1<end>", " 2<end>")));
  EXPECT_THAT(learnt(marked, kTalk, {false, false, true, false, false}), ElementsAre(ElementsAre(" 1<end>")));
  EXPECT_EQ(marked.learnt_texts(kTalk, kAll)[0].text, marked.render(kTalk, false)) << "the marks are gone";
}

TEST(ChatTemplateTest, ATemplateThatLooksAtTheLastMessageGivesATextATurn) {
  // Qwen's and DeepSeek's templates leave earlier reasoning out.
  const auto forgetful = chat(
      "{% for m in messages %}<{{ m.role }}>{{ m.content if loop.last or m.role != 'assistant' else "
      "m.content.split('=')[-1] }}\n{% endfor %}"
      "{{ '<assistant>' if add_generation_prompt }}");
  const std::vector<Message> talk{{"user", "a"}, {"assistant", "think=b"}, {"user", "c"}, {"assistant", "think=d"}};
  const auto texts = forgetful.learnt_texts(talk, {false, true, false, true});
  ASSERT_THAT(texts, SizeIs(2));
  EXPECT_EQ(texts[0].text, "<user>a\n<assistant>think=b\n");
  EXPECT_EQ(texts[1].text, "<user>a\n<assistant>b\n<user>c\n<assistant>think=d\n");
  EXPECT_THAT(learnt(forgetful, talk, {false, true, false, true}),
              ElementsAre(ElementsAre("think=b\n"), ElementsAre("think=d\n")));
}

TEST(ChatTemplateTest, ATemplateThatDoesNotGoOnFromItsQuestionIsRefused) {
  const auto other =
      chat("{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}{{ '<bot>' if add_generation_prompt }}");
  try {
    learnt(other);
    FAIL();
  } catch (const BadInput& error) {
    EXPECT_THAT(error.what(), HasSubstr("chat: the template does not go on from where it asks"));
    EXPECT_THAT(error.what(), HasSubstr("mark it in the template with {% generation %} … {% endgeneration %}"));
  }
}

}  // namespace
}  // namespace assay::models
