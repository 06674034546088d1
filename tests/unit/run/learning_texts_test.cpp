#include "run/learning_texts.h"

#include <assay/sdk/error.h>
#include <gmock/gmock.h>

#include "text/tokenizer.h"
#include "unit/data/folder_fixture.h"

namespace assay::run {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LearningTextsTest : public testing::FolderFixture {
 protected:
  static const models::LocalModel& nano() {
    static const models::LocalModel model(ASSAY_SOURCE_DIR "/experiments/models/nano");
    return model;
  }

  static data::Conversation talk() {
    return {{{"system", "give the answer"}, {"user", "two plus two"}, {"assistant", "four"}, {"user", "ravix"}, {"assistant", "a zomba"}},
            {false, false, true, false, true},
            "chats.jsonl, row 1"};
  }

  static std::vector<train::TrainingExample> texts(const data::Conversation& conversation, std::int64_t window = 512,
                                                   TooLong too_long = TooLong::error) {
    return conversation_texts(conversation, nano().chat_template(), nano().tokenizer(), window, too_long);
  }

  /// What has weight, as text.
  static std::string learnt(const train::TrainingExample& text) {
    std::vector<std::int32_t> ids;
    for (std::size_t i = 0; i < text.tokens.size(); ++i) {
      if (text.loss_weights[i] != 0) ids.push_back(text.tokens[i]);
    }
    return nano().tokenizer().decode(ids);
  }
};

TEST_F(LearningTextsTest, TheAssistantsTurnsAloneAreLearnt) {
  const auto all = texts(talk());
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(learnt(all[0]), " four\n a zomba\n");
  EXPECT_EQ(all[0].tokens, nano().tokenizer().encode(nano().chat_template().render(talk().messages, false), false));
}

TEST_F(LearningTextsTest, AConversationOfOneTurnIsTheRowThatAsksTheSame) {
  const data::Conversation one{{{"system", "give the answer"}, {"user", "two plus two"}, {"assistant", "four"}}, {false, false, true}, "x"};
  const sdk::Input input{.id = "1", .index = 0, .text = "two plus two", .fields = {}, .choices = {}};
  const Prompter prompter({"", " {{ target }}\n"}, nano());
  const auto rows = row_texts({{input, "four", {"four"}}}, nano(), prompter, "give the answer");
  const auto conversation = texts(one);
  ASSERT_THAT(conversation, SizeIs(1));
  EXPECT_EQ(conversation[0].tokens, rows[0].tokens);
  EXPECT_EQ(conversation[0].loss_weights, rows[0].loss_weights);
}

TEST_F(LearningTextsTest, AConversationPastTheWindowIsAnErrorOrCutOrLeftOut) {
  const auto all = static_cast<std::int64_t>(texts(talk())[0].tokens.size());
  try {
    texts(talk(), all - 1);
    FAIL();
  } catch (const BadInput& error) {
    EXPECT_THAT(error.what(), ::testing::AllOf(HasSubstr("chats.jsonl, row 1: this conversation has "), HasSubstr("`too_long: cut`")));
  }
  EXPECT_THAT(texts(talk(), all - 1, TooLong::leave_out), IsEmpty());
  const auto cut = texts(talk(), all - 1, TooLong::cut);
  ASSERT_THAT(cut, SizeIs(1));
  EXPECT_EQ(learnt(cut[0]), " four\n");
  EXPECT_EQ(cut[0].loss_weights.back(), 1.0F) << "it ends with the last turn that fits";
  EXPECT_THAT(texts(talk(), 3, TooLong::cut), IsEmpty());
}

TEST_F(LearningTextsTest, WeightsSayHowOftenATextIsRead) {
  const auto set = [](int first, int count, double weight) {
    WeightedTexts texts{{}, weight};
    for (int i = 0; i < count; ++i) texts.texts.push_back({{first + i}, {1.0F}});
    return texts;
  };
  const auto ids = [](const std::vector<train::TrainingExample>& all) {
    std::vector<std::int32_t> list;
    for (const auto& text : all) list.push_back(text.tokens[0]);
    return list;
  };
  EXPECT_THAT(ids(mixed(std::vector{set(0, 2, 1), set(10, 2, 2), set(20, 2, 0)}, 1)), ElementsAre(0, 1, 10, 11, 10, 11));
  const auto half = ids(mixed(std::vector{set(0, 100, 0.5)}, 1));
  EXPECT_THAT(half, SizeIs(50));
  EXPECT_EQ(std::set<std::int32_t>(half.begin(), half.end()).size(), 50U) << "none twice";
  EXPECT_EQ(half, ids(mixed(std::vector{set(0, 100, 0.5)}, 1)));
  EXPECT_NE(half, ids(mixed(std::vector{set(0, 100, 0.5)}, 2)));
  EXPECT_THAT(mixed(std::vector{set(0, 100, 1.25)}, 1), SizeIs(125));
  EXPECT_THAT(mixed(std::vector{set(0, 3, 0.01)}, 1), SizeIs(1));
}

TEST_F(LearningTextsTest, FilesAreMixedWithTheDatasetsRows) {
  const std::string chats = write("chats.jsonl", R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})");
  const std::string alpaca = write("alpaca.json", R"([{"instruction":"c","input":"","output":"d"}])");
  std::vector<std::string> log;
  const auto all = conversation_mixture({{"conversations", {{{"path", chats}, {"weight", 2.0}}, {{"path", alpaca}, {"weight", 1.0}}}}, {"rows_weight", 1.0}},
                                        {{{7, 8}, {0.0F, 1.0F}}}, nano(), 1, [&](const std::string& line) { log.push_back(line); });
  ASSERT_THAT(all, SizeIs(4));
  EXPECT_EQ(learnt(all[0]), " b\n");
  EXPECT_EQ(learnt(all[1]), " b\n");
  EXPECT_EQ(learnt(all[2]), " d\n");
  EXPECT_THAT(all[3].tokens, ElementsAre(7, 8));
  EXPECT_THAT(log, ElementsAre(HasSubstr("chats.jsonl: 1 conversations make 1 texts"), HasSubstr("alpaca.json: 1 conversations")));
}

}  // namespace
}  // namespace assay::run
