#include "models/recorded_model.h"

#include <gmock/gmock.h>

namespace assay::models {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

RecordedAnswer by_prompt(const std::string& prompt, const std::string& completion,
                         const std::string& where = "o.jsonl, row 1") {
  RecordedAnswer answer;
  answer.prompt = prompt;
  answer.completions = {completion};
  answer.where = where;
  return answer;
}

RecordedAnswer by_id(const std::string& id, const std::string& completion) {
  RecordedAnswer answer;
  answer.id = id;
  answer.completions = {completion};
  answer.where = "o.jsonl, row " + id;
  return answer;
}

sdk::Request question(const std::string& prompt, const std::string& id = "1", int samples = 1, double temperature = 0) {
  sdk::Request request;
  request.example_id = id;
  sdk::Generate generate{{prompt, {}}, {}, samples, false};
  generate.settings.temperature = temperature;
  request.what = std::move(generate);
  return request;
}

sdk::Completion ask(RecordedModel& model, sdk::Request request) {
  const auto ids = model.submit({std::move(request)});
  const auto finished = model.collect();
  EXPECT_EQ(finished.size(), 1U);
  EXPECT_EQ(finished.at(0).id, ids.at(0));
  return finished.at(0).completion;
}

std::vector<std::string> texts(const sdk::Completion& completion) {
  EXPECT_EQ(completion.error, "");
  std::vector<std::string> all;
  for (const sdk::Sample& sample : completion.samples) all.push_back(sample.text);
  return all;
}

TEST(RecordedModelTest, GivesWhatWasRecordedForThePromptAsItWas) {
  RecordedModel model("gpt", {by_prompt("2+2?", " 4\nso 4."), by_prompt("3+3?", " 6")}, {});
  sdk::Request request = question("2+2?");
  std::get<sdk::Generate>(request.what).settings.stop = {"\n"};
  std::get<sdk::Generate>(request.what).settings.max_tokens = 1;
  EXPECT_THAT(texts(ask(model, request)), ElementsAre(" 4\nso 4."));
  EXPECT_THAT(texts(ask(model, question("3+3?", "other"))), ElementsAre(" 6"));
}

TEST(RecordedModelTest, UsageIsWhatWasRecordedElseEstimated) {
  RecordedAnswer counted = by_prompt("one two three", "four");
  counted.usage = sdk::Usage{.prompt_tokens = 30, .cached_prompt_tokens = 10, .completion_tokens = 4};
  RecordedModel model("gpt", {counted, by_prompt("one two three four", "five six")}, {});
  EXPECT_EQ(ask(model, question("one two three")).usage, *counted.usage);
  EXPECT_EQ(ask(model, question("one two three four")).usage,
            (sdk::Usage{.prompt_tokens = 6, .completion_tokens = 3, .estimated = true}))
      << "four for three words, rounded";
}

TEST(RecordedModelTest, FindsByInputAndById) {
  RecordedAnswer by_input;
  by_input.input = "what is 2+2?";
  by_input.completions = {"4"};
  RecordedModel inputs("gpt", {by_input}, {{"r9", "what is 2+2?"}});
  EXPECT_THAT(texts(ask(inputs, question("any prompt", "r9"))), ElementsAre("4"));
  EXPECT_THAT(ask(inputs, question("any prompt", "r8")).error,
              HasSubstr("example 'r8' is none of the rows asked about"));
  RecordedModel ids("gpt", {by_id("1", "a"), by_id("2", "b")}, {});
  EXPECT_THAT(texts(ask(ids, question("any prompt", "2"))), ElementsAre("b"));
  EXPECT_THAT(ask(ids, question("any prompt", "12")).error,
              AllOf(HasSubstr("nothing was recorded for example '12'"), HasSubstr("id \"12\"")));
}

TEST(RecordedModelTest, ASecondQuestionIsNotAnsweredByWhatWasRecordedForTheFirst) {
  RecordedModel model("gpt", {by_id("1", "a")}, {});
  sdk::Request second = question("criticise your answer", "1");
  second.draw.request = 1;
  EXPECT_THAT(ask(model, second).error, HasSubstr("recorded by id alone"));
}

TEST(RecordedModelTest, FindsConversations) {
  RecordedAnswer answer;
  answer.messages = {{"system", "be short"}, {"user", "2+2?"}};
  answer.completions = {"4"};
  RecordedModel model("gpt", {answer}, {});
  EXPECT_TRUE(model.info().has_chat_template);
  const auto asked = [&](std::vector<sdk::Message> messages, const std::string& prefix) {
    sdk::Request request = question("");
    auto& prompt = std::get<sdk::Generate>(request.what).prompt;
    prompt = {model.render_chat(messages, true) + prefix, messages};
    return ask(model, request);
  };
  EXPECT_THAT(texts(asked(*answer.messages, "")), ElementsAre("4"));
  EXPECT_THAT(asked({{"user", "be short"}, {"user", "2+2?"}}, "").error, HasSubstr("conversation"));
  EXPECT_THAT(asked(*answer.messages, " Sure").error, HasSubstr("conversation"))
      << "what is put into its mouth is part of the question";
}

TEST(RecordedModelTest, AllThatIsMatchedMustAgree) {
  RecordedAnswer first = by_prompt("same", "a", "o.jsonl, row 1"), second = by_prompt("same", "b", "o.jsonl, row 2");
  first.id = "1";
  second.id = "2";
  RecordedModel model("gpt", {first, second}, {});
  EXPECT_THAT(texts(ask(model, question("same", "2"))), ElementsAre("b"));
  EXPECT_THAT(ask(model, question("same", "3")).error,
              HasSubstr("this prompt was recorded (o.jsonl, row 1) for the id \"1\", not for \"3\""));
  EXPECT_THAT(ask(model, question("some", "2")).error,
              AllOf(HasSubstr("What was recorded for this id (o.jsonl, row 2) is the same for 1 characters"),
                    HasSubstr("has \"ome\", the recorded one \"ame\"")));
}

TEST(RecordedModelTest, RowsOfOnePromptAreItsSamplesInOrder) {
  RecordedAnswer both = by_prompt("p", "a");
  both.completions = {"a", "b"};
  RecordedModel model("gpt", {both, by_prompt("p", "c", "o.jsonl, row 2"), by_prompt("q", "d")}, {});
  EXPECT_THAT(texts(ask(model, question("p", "1", 3, 0.7))), ElementsAre("a", "b", "c"));
  EXPECT_THAT(texts(ask(model, question("p", "1", 1, 0.7))), ElementsAre("a"));
  EXPECT_THAT(ask(model, question("p", "1", 4, 0.7)).error, HasSubstr("4 samples are asked for and 3 were recorded"));
}

TEST(RecordedModelTest, AtTemperatureZeroThereIsOneAnswer) {
  RecordedModel model("gpt",
                      {by_prompt("p", "a", "o.jsonl, row 1"), by_prompt("p", "b", "o.jsonl, row 2"),
                       by_prompt("q", "d"), by_prompt("q", "d")},
                      {});
  EXPECT_THAT(ask(model, question("p")).error,
              AllOf(HasSubstr("o.jsonl, row 1 and o.jsonl, row 2"), HasSubstr("match.id")));
  EXPECT_THAT(texts(ask(model, question("q", "1", 3))), ElementsAre("d", "d", "d"));
}

TEST(RecordedModelTest, ARefusalShowsTheNearestPromptAndWhereItDiffers) {
  RecordedModel model("gpt",
                      {by_prompt("Sort the words.\n\nQ: pear apple\nA:", "x", "o.jsonl, row 1"),
                       by_prompt("Sort the words.\n\nQ: fig \"date\"\nA:", "x", "o.jsonl, row 2 (line 4)")},
                      {});
  const std::string error = ask(model, question("Sort all the words.\n\nQ: fig \"date\"\nA:", "e7")).error;
  EXPECT_EQ(error,
            "nothing was recorded for example 'e7': the prompt \"Sort all the words.\\n\\nQ: fig \\\"date\\\"\\nA:\" "
            "(37 characters) was not recorded. "
            "The nearest recorded prompt (o.jsonl, row 2 (line 4)) is the same for 5 characters and differs from there "
            "(line 1): this prompt has "
            "\"all the words.\\n\\nQ: fig \\\"date\\\"\\nA:\", the recorded one \"the words.\\n\\nQ: fig "
            "\\\"date\\\"\\nA:\"");
}

TEST(RecordedModelTest, ARefusalShowsOfLongTextsTheirBeginningsInWholeCharacters) {
  const std::string wild = "{{ x }} {% \"שלום\" ";
  std::string longer = wild;
  while (longer.size() < 100'000) longer += "שלום ";
  RecordedModel model("gpt", {by_prompt(longer + "a", "x"), by_prompt(longer + "b", "y")}, {});
  EXPECT_THAT(texts(ask(model, question(longer + "b"))), ElementsAre("y"));
  const std::string error = ask(model, question(longer + "ü")).error;
  EXPECT_LT(error.size(), 1'000U);
  EXPECT_THAT(error, AllOf(HasSubstr("{{ x }} {% \\\"שלום\\\""),
                           HasSubstr("this prompt has \"ü\", the recorded one \"a\""), Not(HasSubstr("\xEF\xBF\xBD"))));
  EXPECT_THAT(ask(model, question(longer)).error, HasSubstr("this prompt has nothing more, the recorded one \"a\""));
}

TEST(RecordedModelTest, ScoresNoChoicesAndEmbedsNothing) {
  RecordedModel model("gpt", {by_prompt("p", "a")}, {});
  EXPECT_FALSE(model.info().scores_choices);
  EXPECT_FALSE(model.info().embeds);
  sdk::Request request;
  request.what = sdk::ScoreChoices{{"p", {}}, {"a", "b"}, false};
  EXPECT_THAT(ask(model, request).error, HasSubstr("cannot score choices"));
  request.what = sdk::Embed{"p"};
  EXPECT_THAT(ask(model, request).error, HasSubstr("embeds no text"));
  EXPECT_THAT(model.collect(), IsEmpty());
}

}  // namespace
}  // namespace assay::models
