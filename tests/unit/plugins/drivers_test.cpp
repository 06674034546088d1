#include <gmock/gmock.h>

#include <cmath>

#include "prompt_side.h"

namespace assay::test {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class DriversTest : public PromptSide {
 protected:
  DriversTest() { source_.choices.clear(); }

  /// The model writes these, in this order, however they are asked for.
  void writes(std::vector<std::string> texts, std::vector<double> log_probabilities = {}) {
    model_.reply = [texts = std::move(texts), log_probabilities,
                    at = std::size_t{0}](const sdk::Request& request) mutable {
      sdk::Completion completion;
      for (int i = 0; i < std::get<sdk::Generate>(request.what).samples; ++i, ++at) {
        completion.samples.push_back({texts[at % texts.size()], "stop", {}});
        if (!log_probabilities.empty())
          completion.samples.back().log_probabilities = {log_probabilities[at % texts.size()]};
      }
      completion.usage = {.prompt_tokens = 10, .completion_tokens = 2};
      return completion;
    };
  }

  run::Asked ask(const List& list) { return ask_one(list, row_); }

  Json row_{{"text", "2 + 3 ?"}, {"label", "5"}, {"why", "2 + 3 = 5"}};
};

using ChainOfThoughtTest = DriversTest;

TEST_F(ChainOfThoughtTest, ReadsWhatFollowsTheLastAnswerAndKeepsTheSteps) {
  writes({"8 + 5 = 13 ; 13 - 3 = 10 ; answer 10"});
  const auto asked = ask({{"chain_of_thought", Json::object()}});
  EXPECT_EQ(asked.answer.text, "10");
  EXPECT_EQ(asked.answer.details.at("reasoning"), "8 + 5 = 13 ; 13 - 3 = 10 ; answer 10");
  EXPECT_THAT(asked.prompts[0], HasSubstr("which colour ? Let's think step by step."));
  writes({"So the answer is 4.\nNo: the answer is 5."});
  EXPECT_EQ(ask({{"chain_of_thought", Json::object()}}).answer.text, "5");
  writes({"I do not know"});
  EXPECT_EQ(ask({{"chain_of_thought", Json::object()}}).answer.text, "");
}

TEST_F(ChainOfThoughtTest, TheAnswerMayBeTheLastNumberOrAFieldOfJson) {
  writes({"first 3, then 1,250.0 in all"});
  EXPECT_EQ(ask({{"chain_of_thought", {{"read", {{"as", "number"}}}}}}).answer.text, "1250");
  writes({"steps … {\"answer\": {\"value\": \"left\"}} so be it"});
  EXPECT_EQ(ask({{"chain_of_thought", {{"read", {{"as", "json"}, {"path", "/answer/value"}}}}}}).answer.text, "left");
}

TEST_F(ChainOfThoughtTest, ShotsShowTheirRationalesWhereverTheyStandInTheList) {
  for (const List& list : {List{{"few_shot", {{"shots", 2}}}, {"chain_of_thought", Json::object()}},
                           List{{"chain_of_thought", Json::object()}, {"few_shot", {{"shots", 2}}}}}) {
    writes({"the answer is 5"});
    EXPECT_THAT(ask(list).prompts[0], ::testing::ContainsRegex("Answer: since [0-9]+ So the answer is (red|blue)\n"));
  }
}

TEST_F(ChainOfThoughtTest, ChoicesAreReadOutOfWhatIsWritten) {
  source_.choices = {"red", "blue"};
  row_["label"] = "red";
  writes({"the answer is \"Red\"."});
  EXPECT_EQ(ask({{"chain_of_thought", Json::object()}}).answer.text, "red");
  writes({"the answer is green"});
  EXPECT_EQ(ask({{"chain_of_thought", Json::object()}}).answer.text, "");
}

TEST_F(ChainOfThoughtTest, LongTextsAreReadWithoutRecursion) {
  writes({std::string(300'000, 'x') + " answer " + std::string(100'000, 'y')});
  EXPECT_EQ(ask({{"chain_of_thought", Json::object()}}).answer.text, std::string(100'000, 'y'));
  writes({std::string(100'000, 'a')});  // a pattern of exponential cost gives up instead of running on
  EXPECT_EQ(ask({{"chain_of_thought", {{"read", {{"as", "pattern"}, {"pattern", "(a+)+b"}}}}}}).answer.text, "");
}

using SelfConsistencyTest = DriversTest;

TEST_F(SelfConsistencyTest, TheMostVotesWinAndSayHowSureTheyAre) {
  writes({"4", "5", "5", "6", "5"});
  const auto asked = ask({{"self_consistency", Json::object()}});
  EXPECT_EQ(asked.answer.text, "5");
  EXPECT_EQ(asked.answer.details.at("votes"), (Json{{"4", 1}, {"5", 3}, {"6", 1}}));
  EXPECT_EQ(asked.answer.details.at("confidence"), 0.6);
  EXPECT_EQ(asked.answer.numbers.at("agreement").value, 0.6);
  const auto& question = std::get<sdk::Generate>(model_.batches[0][0].what);
  EXPECT_EQ(question.samples, 5);
  EXPECT_EQ(question.settings.temperature, 0.7);
}

TEST_F(SelfConsistencyTest, TiesGoToTheFirstDrawnOrTheLikelier) {
  writes({"4", "5", "5", "4"}, {-2.0, -1.0, -1.0, -2.0});
  EXPECT_EQ(ask({{"self_consistency", {{"samples", 4}}}}).answer.text, "4");
  EXPECT_EQ(ask({{"self_consistency", {{"samples", 4}, {"ties", "likelihood"}}}}).answer.text, "5");
  writes({"4", "5", "4"}, {-3.0, -0.1, -3.0});
  EXPECT_EQ(ask({{"self_consistency", {{"samples", 3}, {"vote", "likelihood"}}}}).answer.text, "5");
}

TEST_F(SelfConsistencyTest, ReadsEachSampleAsTheListDoesAndUnreadableOnesAgreeWithNothing) {
  writes({"1 + 1 ; answer 2", "no idea", "answer 2", "answer 3"});
  const auto asked = ask({{"self_consistency", {{"samples", 4}}}, {"chain_of_thought", Json::object()}});
  EXPECT_EQ(asked.answer.text, "2");
  EXPECT_EQ(asked.answer.details.at("samples"), (Json{"2", "", "2", "3"}));
  EXPECT_EQ(asked.answer.numbers.at("agreement").value, 0.5);
}

using PromptChainTest = DriversTest;

TEST_F(PromptChainTest, EachStepSeesWhatTheStepsBeforeWrote) {
  writes({" parts {{ x }} ", "5"});
  const Json steps = {{{"name", "parts"}, {"instruction", "split {{ fields.text }}"}, {"max_tokens", 7}},
                      {{"name", "solve"}, {"input", "{{ input }} by {{ steps.parts }}"}}};
  const auto asked = ask({{"prompt_chain", {{"steps", steps}}}});
  EXPECT_EQ(asked.answer.text, "5");
  EXPECT_THAT(asked.prompts,
              ElementsAre("split 2 + 3 ?\n\n2 + 3 ?\nAnswer:", "which colour ?\n\n2 + 3 ? by parts {{ x }}\nAnswer:"));
  EXPECT_THAT(asked.steps, ElementsAre("parts", "solve"));
  EXPECT_EQ(asked.answer.details.at("steps").at("parts"), "parts {{ x }}");
  EXPECT_EQ(std::get<sdk::Generate>(model_.batches[0][0].what).settings.max_tokens, 7);
}

using SelfRefineTest = DriversTest;

TEST_F(SelfRefineTest, DraftsCriticisesAndRewrites) {
  writes({"4", "it is too low", "5"});
  const auto asked = ask({{"self_refine", Json::object()}});
  EXPECT_EQ(asked.answer.text, "5");
  EXPECT_THAT(asked.steps, ElementsAre("draft", "critique", "rewrite"));
  EXPECT_THAT(asked.prompts[2],
              ::testing::AllOf(HasSubstr("Proposed answer: 4"), HasSubstr("Critique: it is too low")));
  EXPECT_EQ(asked.answer.details.at("critiques"), Json{"it is too low"});
  EXPECT_EQ(asked.answer.numbers.at("changed").value, 1);
}

TEST_F(SelfRefineTest, ACritiqueThatAcceptsEndsIt) {
  writes({"4", "it is fine"});
  const auto asked = ask({{"self_refine", {{"stop_when", "fine"}, {"rounds", 3}}}});
  EXPECT_EQ(asked.answer.text, "4");
  EXPECT_THAT(asked.prompts, SizeIs(2));
}

class ChoicesTest : public DriversTest {
 protected:
  ChoicesTest() {
    source_.choices = {"red", "blue"};
    row_["label"] = "blue";
  }
  /// Probabilities of red and blue: for the question, and for what says nothing.
  void scores(std::vector<double> question, std::vector<double> nothing) {
    model_.reply = [=](const sdk::Request& request) {
      sdk::Completion completion;
      const bool asked = std::get<sdk::ScoreChoices>(request.what).prompt.text.find("2 + 3") != std::string::npos;
      for (const double p : asked ? question : nothing) completion.choice_scores.push_back(std::log(p));
      completion.choice = completion.choice_scores[1] > completion.choice_scores[0] ? 1 : 0;
      completion.usage = {.prompt_tokens = 10};
      return completion;
    };
  }
};

TEST_F(ChoicesTest, CalibrationDividesByWhatTheModelSaysOfNothing) {
  scores({0.6, 0.4}, {0.8, 0.2});
  const auto asked = ask({{"contextual_calibration", Json::object()}});
  EXPECT_EQ(asked.answer.text, "blue");
  // 0.6 / 0.8 : 0.4 / 0.2 = 0.75 : 2
  EXPECT_THAT(asked.answer.details.at("calibrated")[0].get<double>(), DoubleNear(0.75 / 2.75, 1e-12));
  EXPECT_THAT(asked.answer.details.at("content_free")[1].get<double>(), DoubleNear(0.2, 1e-12));
}

TEST_F(ChoicesTest, WhatSaysNothingIsAskedOnceForAllExamples) {
  const auto asked = PromptSide::ask({{"contextual_calibration", Json::object()}}, rows(40));
  ASSERT_THAT(model_.batches, SizeIs(2));
  EXPECT_THAT(model_.batches[0], SizeIs(3));
  EXPECT_THAT(model_.batches[1], SizeIs(40));
  EXPECT_EQ(asked[0].usage.prompt_tokens, 12) << "the first example pays";
  EXPECT_EQ(asked[1].usage.prompt_tokens, 3);
}

TEST_F(ChoicesTest, LabelWordsAreAskedForInThePlaceOfChoices) {
  const auto asked =
      ask({{"few_shot", {{"shots", 2}}}, {"label_words", {{"words", {{"red", {"ruby"}}, {"blue", {"sky"}}}}}}});
  EXPECT_THAT(asked.choices[0], ElementsAre(" ruby\n", " sky\n"));
  EXPECT_THAT(asked.prompts[0], ::testing::ContainsRegex("Answer: (ruby|sky)\n"));
  EXPECT_THAT(asked.answer.text, ::testing::AnyOf("red", "blue"));
}

}  // namespace
}  // namespace assay::test
