#include "run/asking.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "assay/sdk/error.h"
#include "unit/data/folder_fixture.h"
#include "unit/run/fake_model.h"

namespace assay::run {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class AskingTest : public testing::FolderFixture {
 protected:
  AskingTest() {
    job_.kind = "generate";
    job_.instruction = "which desk ?";
    job_.seed = 5;
    job_.prompt = plan::PromptJob{"", " {{ target }}\n"};
    for (std::size_t i = 0; i < 3; ++i) {
      sdk::Input input;
      input.id = fmt::format("r{}", i);
      input.index = i;
      input.text = fmt::format("message {}", i);
      inputs_.push_back(input);
    }
  }

  void use(const std::string& plugin, bool composes, bool drives) {
    plan::PartJob part;
    part.name = plugin;
    part.library = (std::filesystem::path(std::getenv("ASSAY_TEST_PLUGINS")) / plugin / (plugin + ".so")).string();
    part.composes = composes;
    part.drives = drives;
    job_.parts.push_back(part);
  }

  std::vector<Asked> ask() {
    Journal journal;
    Workbench bench(journal);
    store::BundleWriter writer(folder_ / "bundle", "bundle", "generate", Json::object());
    StageWork work(job_, {}, writer, bench, [](std::int64_t, std::int64_t) {});
    std::vector<const sdk::Input*> inputs;
    for (const sdk::Input& input : inputs_) inputs.push_back(&input);
    std::vector<Asked> asked = Asking(work, model_).ask(inputs);
    usage_ = work.usage();
    return asked;
  }

  plan::Job job_;
  std::vector<sdk::Input> inputs_;
  testing::FakeModel model_;
  sdk::Usage usage_;
};

TEST_F(AskingTest, AllExamplesAreAskedTogether) {
  const std::vector<Asked> asked = ask();
  ASSERT_THAT(model_.batches, SizeIs(1));
  EXPECT_THAT(model_.batches[0], SizeIs(3));
  ASSERT_THAT(asked, SizeIs(3));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(asked[i].answer.text, fmt::format("answer to r{}", i)) << "whatever order the answers come in";
    EXPECT_THAT(asked[i].prompts, ElementsAre(fmt::format("which desk ?\n\nmessage {}\nAnswer:", i)));
  }
  EXPECT_EQ(usage_.prompt_tokens, 30);
  EXPECT_EQ(usage_.completion_tokens, 6);
}

TEST_F(AskingTest, ADrawDependsOnSeedExampleAndRequestAlone) {
  use("asks_twice", false, true);
  ask();
  EXPECT_EQ(model_.batches[1][2].draw, (sdk::DrawKey{5, 2, 1}));
  EXPECT_EQ(model_.batches[1][2].example_id, "r2");
}

TEST_F(AskingTest, ADriverWithSeveralRoundsBatchesEachOfThem) {
  use("asks_twice", false, true);
  const std::vector<Asked> asked = ask();
  ASSERT_THAT(model_.batches, SizeIs(2));
  EXPECT_THAT(model_.batches[1], SizeIs(3));
  EXPECT_THAT(asked[1].prompts, ElementsAre(HasSubstr("message 1"), HasSubstr("again: message 1")));
  EXPECT_THAT(asked[1].completions, SizeIs(2));
  EXPECT_EQ(asked[1].usage.prompt_tokens, 20);
}

TEST_F(AskingTest, ChoicesAreScoredAsTheModelWouldWriteThem) {
  for (sdk::Input& input : inputs_) input.choices = {"billing", "outage"};
  const std::vector<Asked> asked = ask();
  const auto& score = std::get<sdk::ScoreChoices>(model_.batches[0][0].what);
  EXPECT_THAT(score.choices, ElementsAre(" billing\n", " outage\n"));
  EXPECT_EQ(asked[0].answer.text, "billing") << "the choice, not its continuation";
  EXPECT_THAT(asked[0].choices, ElementsAre(score.choices));
}

TEST_F(AskingTest, AModelThatCannotScoreChoicesWritesOne) {
  model_.about.scores_choices = false;
  for (sdk::Input& input : inputs_) input.choices = {"billing", "outage", "Outage", "No"};
  model_.reply = [](const sdk::Request& request) {
    sdk::Completion completion;
    const std::string texts[] = {" outage\n", "NO.", "not outage but billing"};
    completion.samples = {{texts[request.draw.example], "stop", {}}};
    return completion;
  };
  const std::vector<Asked> asked = ask();
  EXPECT_EQ(asked[0].answer.text, "outage") << "letter for letter, though another choice differs in case alone";
  EXPECT_EQ(asked[1].answer.text, "No");
  EXPECT_EQ(asked[2].answer.text, "") << "what names two choices is no answer";
  EXPECT_THAT(asked[0].choices, ElementsAre(::testing::IsEmpty()));
  job_.prompt->read = "{{ output.split('but ')[-1] }}";
  EXPECT_EQ(ask()[2].answer.text, "billing") << "what `read` makes of it is compared with the choices";
}

TEST_F(AskingTest, GeneratedTextEndsAtTheExperimentsStopStringsElseAtTheLine) {
  ask();
  EXPECT_THAT(std::get<sdk::Generate>(model_.batches[0][0].what).settings.stop, ElementsAre("\n"));
  job_.generation.stop = {"."};
  ask();
  EXPECT_THAT(std::get<sdk::Generate>(model_.batches[1][0].what).settings.stop, ElementsAre("."));
}

TEST_F(AskingTest, AnErrorOfOneRequestEndsItsExampleAndNoOther) {
  use("asks_twice", false, true);
  const auto normal = model_.reply;
  model_.reply = [&](const sdk::Request& request) {
    sdk::Completion completion = normal(request);
    if (request.example_id == "r1") completion.error = "the prompt is too long";
    return completion;
  };
  const std::vector<Asked> asked = ask();
  EXPECT_EQ(asked[1].error, "the prompt is too long");
  EXPECT_THAT(asked[1].completions, SizeIs(1)) << "it is not asked again";
  EXPECT_THAT(model_.batches[1], SizeIs(2));
  EXPECT_EQ(asked[0].error, "");
  EXPECT_EQ(asked[2].answer.text, "answer to r2");
}

TEST_F(AskingTest, WhatComposingAndDrivingFoundStandsBesideTheAnswer) {
  use("counts", true, true);
  const std::vector<Asked> asked = ask();
  EXPECT_EQ(asked[2].answer.details, (Json{{"composed", "message 2"}, {"driven", 1}}));
  EXPECT_EQ(asked[2].answer.numbers.at("input_bytes").value, 9);
  EXPECT_EQ(asked[2].answer.numbers.at("completions").value, 1);
  EXPECT_THAT(asked[2].steps, ElementsAre("only"));
}

TEST_F(AskingTest, TwoFindingsOfOneNameAreAnError) {
  use("counts", true, true);
  job_.parts.back().params = {{"number", "completions"}};
  EXPECT_THAT(error_of([&] { ask(); }), HasSubstr("a number called 'completions'"));
}

TEST_F(AskingTest, AnUnreadableCompletionIsAnEmptyAnswer) {
  model_.reply = [](const sdk::Request&) { return sdk::Completion{}; };
  EXPECT_EQ(ask()[0].answer.text, "");
}

TEST_F(AskingTest, APluginThatThrowsIsNamed) {
  use("throws", true, false);
  EXPECT_THAT(error_of([&] { ask(); }), HasSubstr("plugin 'throws': the shelf is empty"));
  job_.parts.back().params = {{"odd", true}};
  EXPECT_THAT(error_of([&] { ask(); }), HasSubstr("plugin 'throws'"));
}

TEST_F(AskingTest, AnswersAreReadByTheExperimentsTemplateChoicesAreNot) {
  job_.prompt->read = "<{{ output }}> to {{ input }}";
  EXPECT_EQ(ask()[1].answer.text, "<answer to r1> to message 1");
  inputs_[1].choices = {"a", "b"};
  model_.reply = [](const sdk::Request&) {
    sdk::Completion completion;
    completion.choice_scores = {-2, -1};
    completion.choice = 1;
    return completion;
  };
  EXPECT_EQ(ask()[1].answer.text, "b");
}

TEST_F(AskingTest, ADriversRequestsAreFittedByTheDraftsThatTheyCameFrom) {
  use("asks_twice", false, true);
  job_.prompt->fit = {"truncate_tail"};
  job_.generation.max_tokens = 10;
  inputs_[1].text = "message 1, which is a long one";
  const std::string rest = "which desk ?\n\n\nAnswer:again: ";
  model_.about.context_length = static_cast<std::int64_t>(rest.size()) + 10 + 12;  // a token is a byte
  const std::vector<Asked> asked = ask();
  EXPECT_THAT(asked[0].prompts[0], HasSubstr("message 0\n"));
  EXPECT_FALSE(asked[0].fitted[0].cut());
  EXPECT_EQ(asked[1].error, "");
  EXPECT_THAT(asked[1].fitted, SizeIs(asked[1].prompts.size()));
  EXPECT_TRUE(asked[1].fitted[0].cut());
  for (const std::string& prompt : asked[1].prompts) {
    EXPECT_LE(static_cast<std::int64_t>(prompt.size()) + 10, model_.about.context_length);
    EXPECT_THAT(prompt, HasSubstr("message 1"));
  }
}

TEST_F(AskingTest, ADriverMayWriteMoreThanTheExperimentSays) {
  use("chain_of_thought", true, false);
  job_.parts.back().reads = true;
  job_.parts.back().library = std::string(ASSAY_BINARY_DIR) + "/lib/assay/plugins/chain_of_thought.so";
  job_.parts.back().params = {{"max_tokens", 40}};
  job_.prompt->fit = {"truncate_head"};
  job_.generation.max_tokens = 1;
  inputs_.resize(1);
  inputs_[0].text = std::string(60, 'x');
  inputs_[0].choices = {"billing", "outage"};
  model_.about.context_length = 130;
  const std::vector<Asked> asked = ask();
  EXPECT_EQ(asked[0].prompts[0].size(), 90U) << "room for its 40 tokens";
  EXPECT_EQ(std::get<sdk::Generate>(model_.batches[0][0].what).settings.max_tokens, 40);
}

TEST_F(AskingTest, ChoicesAreThoseOfTheShorterPrompt) {
  job_.prompt->fit = {"truncate_tail"};
  for (sdk::Input& input : inputs_) input.choices = {"billing", "outage"};
  model_.about.context_length = 40;
  const std::vector<Asked> asked = ask();
  const auto& score = std::get<sdk::ScoreChoices>(model_.batches[0][0].what);
  EXPECT_THAT(score.choices, ElementsAre(" billing\n", " outage\n"));
  EXPECT_EQ(score.prompt.text.size() + std::string(" billing\n").size(), 40U);
}

TEST_F(AskingTest, WhatCannotBeFittedIsItsExamplesErrorAlone) {
  job_.prompt->fit = {"fail"};
  job_.generation.max_tokens = 10;
  inputs_[1].text = "a much longer message, which has no room";
  model_.about.context_length = 50;
  const std::vector<Asked> asked = ask();
  EXPECT_THAT(asked[1].error, HasSubstr("up to 10 may be written after it"));
  EXPECT_THAT(model_.batches[0], SizeIs(2));
  EXPECT_EQ(asked[2].answer.text, "answer to r2");
}

TEST_F(AskingTest, WhatStrategiesWantToKnowIsAskedForAllExamplesAtOnceBeforeTheyCompose) {
  use("consults", true, false);
  job_.parts.back().consults = true;
  for (std::size_t i = inputs_.size(); i < 256; ++i) {
    inputs_.push_back(inputs_.front());
    inputs_.back().id = fmt::format("r{}", i);
    inputs_.back().index = i;
  }
  const auto normal = model_.reply;
  model_.reply = [&](const sdk::Request& request) {
    sdk::Completion completion = normal(request);
    if (std::holds_alternative<sdk::Embed>(request.what)) completion.embedding = {1, 2, 3};
    if (request.example_id == "r7" && !completion.embedding.empty()) completion.error = "no vector";
    return completion;
  };
  const std::vector<Asked> asked = ask();
  ASSERT_THAT(model_.batches, SizeIs(2)) << "two steps, two submissions; in batches of 32 they would be 2 x 8";
  EXPECT_THAT(model_.batches[0], SizeIs(256));
  EXPECT_THAT(model_.batches[1], SizeIs(255));
  EXPECT_THAT(asked[1].prompts, ElementsAre("3 numbers\n\nmessage 1\nAnswer:"));
  EXPECT_EQ(asked[1].usage.prompt_tokens, 20) << "the consultation is paid for";
  ASSERT_THAT(asked[1].consulted, SizeIs(1));
  EXPECT_EQ(asked[1].consulted[0].step, "look");
  EXPECT_EQ(asked[7].error, "no vector");
  EXPECT_EQ(asked[8].error, "");
}

TEST_F(AskingTest, NoExamplesAreNoRequests) {
  inputs_.clear();
  EXPECT_TRUE(ask().empty());
  EXPECT_TRUE(model_.batches.empty());
}

}  // namespace
}  // namespace assay::run
