#include "run/prompting.h"

#include <gmock/gmock.h>

#include "assay/sdk/error.h"
#include "unit/data/folder_fixture.h"
#include "unit/run/fake_model.h"

namespace assay::run {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PromptingTest : public testing::FolderFixture {
 protected:
  PromptingTest() {
    draft_.system = "be brief";
    draft_.instruction = "which desk ?";
    draft_.passages = {{"a passage", "a source"}};
    draft_.shots = {{"paid twice", "billing"}};
    draft_.input = "no light";
    input_.text = "no light";
    input_.choices = {"billing", "outage"};
    input_.fields = {{"town", "Ulm"}};
    job_.answer = " {{ target }}\n";
  }

  [[nodiscard]] Prompter prompter() const { return {job_, model_}; }
  std::string rendered() const { return prompter().render(draft_, input_).text; }
  std::string continuation() const {
    const Prompter ours = prompter();
    return ours.continuation(draft_, ours.render(draft_, input_), "outage", input_);
  }
  void use_template(const std::string& text) { job_.template_file = write("prompts/ask.j2", text); }
  void use_chat() { model_.about.has_chat_template = true; }

  testing::FakeModel model_;
  plan::PromptJob job_;
  sdk::PromptDraft draft_;
  sdk::Input input_;
};

TEST_F(PromptingTest, PlainTextHoldsAllPartsInTheirOrder) {
  EXPECT_EQ(rendered(), "be brief\n\nwhich desk ?\n\na passage\n\npaid twice\nAnswer: billing\n\nno light\nAnswer:");
  EXPECT_EQ(continuation(), " outage\n");
  EXPECT_THAT(prompter().default_stop(draft_), ElementsAre("\n"));
  draft_.answer_prefix = "it is";
  EXPECT_THAT(rendered(), ::testing::EndsWith("Answer: it is"));
}

TEST_F(PromptingTest, PlainTextOfAnInputAloneIsShort) {
  draft_ = {};
  draft_.input = "no light";
  EXPECT_EQ(rendered(), "no light\nAnswer:");
}

TEST_F(PromptingTest, AChatTemplateGetsAConversation) {
  use_chat();
  EXPECT_EQ(rendered(),
            "<system>be brief\n\nwhich desk ?\n<user>paid twice\n<assistant>billing\n<user>a passage\n\nno "
            "light\n<assistant>");
  EXPECT_EQ(prompter().render(draft_, input_).messages.size(), 4U);
  EXPECT_EQ(continuation(), "outage\n") << "the rest of the assistant's turn";
  EXPECT_THAT(prompter().default_stop(draft_), ElementsAre("\n"));
}

TEST_F(PromptingTest, ATurnThatASpecialTokenEndsNeedsNoStopString) {
  use_chat();
  model_.turn_end = "<end>\n";
  EXPECT_THAT(prompter().default_stop(draft_), IsEmpty());
}

TEST_F(PromptingTest, AChatTemplateThatDoesNotContinueThePromptCannotBeScored) {
  use_chat();
  model_.generation_prompt = "<bot>";
  EXPECT_THAT(error_of([&] { continuation(); }), HasSubstr("give the experiment a `prompt.template`"));
}

TEST_F(PromptingTest, AFileTemplateSeesEveryVariable) {
  use_template(
      "{{ system }}|{{ instruction }}|{{ shots[0].input }}>{{ shots[0].target }}|{{ passages[0].text }}@{{ "
      "passages[0].source }}|"
      "{{ choices | join(',') }}|{{ fields.town }}|{{ extra }}|{{ input }}|{{ answer_prefix }}");
  draft_.variables = {{"extra", 7}};
  draft_.answer_prefix = "so";
  EXPECT_EQ(rendered(), "be brief|which desk ?|paid twice>billing|a passage@a source|billing,outage|Ulm|7|no light|so");
}

TEST_F(PromptingTest, AFileTemplateIncludesWhatLiesBesideIt) {
  write("prompts/head.j2", "head of {{ input }}");
  use_template("{% include 'head.j2' %} =>");
  EXPECT_EQ(rendered(), "head of no light =>");
}

TEST_F(PromptingTest, AStrategysTemplateWinsOverTheExperiments) {
  use_template("the experiment's");
  draft_.template_name = write("other.j2", "the strategy's");
  EXPECT_EQ(rendered(), "the strategy's");
}

TEST_F(PromptingTest, ATemplateWinsOverTheChatTemplate) {
  use_chat();
  use_template("{{ input }} =>");
  EXPECT_EQ(rendered(), "no light =>");
  EXPECT_EQ(continuation(), " outage\n");
}

TEST_F(PromptingTest, TheAnswersFormatDecidesWhereOutputEnds) {
  use_template("{{ input }} =>");
  EXPECT_THAT(prompter().default_stop(draft_), ElementsAre("\n"));
  job_.answer = " {{ target }} .";
  EXPECT_EQ(continuation(), " outage .");
  job_.answer = " {{ target }} in {{ fields.town }}";
  EXPECT_EQ(continuation(), " outage in Ulm");
  EXPECT_THAT(prompter().default_stop(draft_), IsEmpty());
  job_.answer += "\n";
  EXPECT_THAT(prompter().default_stop(draft_), ElementsAre("\n"));
  job_.answer = " {{ target }} .";
  EXPECT_THAT(prompter().default_stop(draft_), IsEmpty());
}

TEST_F(PromptingTest, AnswersAreReadOutOfOutputsByTheirTemplate) {
  input_.choices.clear();
  EXPECT_EQ(prompter().read(" as it is ", input_), "as it is");
  job_.read = "{{ output | replace(' .', '.') | replace(fields.town | lower, fields.town) }}";
  EXPECT_EQ(prompter().read("no light in ulm .", input_), "no light in Ulm.");
  job_.read = "{{ fields.city }}";
  EXPECT_THAT(error_of([&] { static_cast<void>(prompter().read("x", input_)); }), HasSubstr("prompt.read:1:"));
}

TEST_F(PromptingTest, AVariableThatIsNotThereIsAnErrorWithItsPlace) {
  use_template("\n{{ imput }}");
  EXPECT_THAT(error_of([&] { rendered(); }), ::testing::AllOf(HasSubstr("ask.j2"), HasSubstr("imput")));
}

TEST_F(PromptingTest, APromptFileThatIsNotThereIsSaid) {
  job_.template_file = (folder_ / "none.j2").string();
  EXPECT_THAT(error_of([&] { rendered(); }), HasSubstr("none.j2: the prompt file cannot be read"));
}

}  // namespace
}  // namespace assay::run
