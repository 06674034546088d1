#include "prompt_side.h"

#include <gmock/gmock.h>

namespace assay::test {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;

/// One list of strategies, and in how many steps it asks.
struct Case {
  List list;
  std::size_t steps = 1;
};

Json chain_steps() {
  return {{"steps",
           {{{"name", "parts"}, {"instruction", "name the parts"}},
            {{"name", "whole"}, {"input", "{{ input }} given {{ steps.parts }}"}}}}};
}

/// Every built-in strategy that does not train, and lists in which they meet.
std::vector<Case> cases(const std::string& documents) {
  std::vector<Case> all;
  const std::map<std::string, std::pair<Json, std::size_t>> known{
      {"prompt_chain", {chain_steps(), 2}},
      {"self_refine", {{{"rounds", 1}}, 3}},
      {"contextual_calibration", {Json::object(), 2}},
      {"label_words", {{{"words", {{"red", {"ruby", "red"}}, {"blue", {"sky", "sea"}}}}}, 1}},
      {"prompt_optimizer",
       {{{"instructions", {"say the colour", "which one ?"}}, {"shots", {{"count", 2}, {"sets", 2}}}}, 1}},
      {"retrieval", {{{"documents", documents}, {"passages", 2}}, 1}},
  };
  for (const auto& entry : std::filesystem::directory_iterator(std::getenv("ASSAY_PLUGINS"))) {
    if (entry.path().extension() != ".so") continue;
    const Json manifest = host::read_manifest(entry.path());
    if (manifest.at("kind") != "strategy" || manifest.at("trains").get<bool>()) continue;
    const auto name = manifest.at("name").get<std::string>();
    const auto found = known.find(name);
    all.push_back(found == known.end() ? Case{{{name, Json::object()}}, 1}
                                       : Case{{{name, found->second.first}}, found->second.second});
  }
  all.push_back(
      {{{"few_shot", Json::object()}, {"chain_of_thought", Json::object()}, {"self_consistency", Json::object()}}, 1});
  // A question's vector is asked for before its prompt is composed: a step more.
  all.push_back({{{"few_shot", {{"select", "similar"}}}}, 1});
  all.push_back({{{"few_shot", {{"select", "similar"}, {"similarity", "embedding"}}}}, 2});
  all.push_back({{{"few_shot", {{"select", "diverse"}}}, {"chain_of_thought", Json::object()}}, 2});
  all.push_back({{{"retrieval", {{"documents", documents}, {"method", "hybrid"}}},
                  {"few_shot", Json::object()},
                  {"self_consistency", Json::object()}},
                 2});
  all.push_back({{{"prompt_optimizer", known.at("prompt_optimizer").first},
                  {"chain_of_thought", Json::object()},
                  {"self_consistency", Json::object()}},
                 1});
  all.push_back({{{"chain_of_thought", Json::object()}, {"prompt_chain", chain_steps()}}, 2});
  all.push_back({{{"chain_of_thought", Json::object()}, {"self_refine", Json::object()}}, 3});
  all.push_back({{{"few_shot", Json::object()},
                  {"label_words", known.at("label_words").first},
                  {"contextual_calibration", Json::object()}},
                 2});
  return all;
}

std::string name_of(const Case& what) {
  std::string name;
  for (const auto& [strategy, params] : what.list) name += (name.empty() ? "" : " + ") + strategy;
  return name;
}

class PromptSideTest : public PromptSide {
 protected:
  std::vector<Case> cases() {
    return test::cases(write_rows("documents.jsonl", {{{"id", 1}, {"text", "roses are red"}},
                                                      {{"id", 2}, {"text", "the sky is blue"}},
                                                      {{"id", 3}, {"text", "question 7"}}}));
  }
};

TEST_F(PromptSideTest, NothingAsksExampleByExample) {
  constexpr std::size_t kAtATime = 32, kExamples = 256;
  for (const Case& one : cases()) {
    SCOPED_TRACE(name_of(one));
    model_.batches.clear();
    const auto asked = ask(one.list, rows(kExamples));
    std::size_t submissions = 0;
    for (const auto& batch : model_.batches) submissions += (batch.size() + kAtATime - 1) / kAtATime;
    EXPECT_LE(submissions, one.steps * (kExamples / kAtATime));
    EXPECT_EQ(asked.size(), kExamples);
    for (const auto& answered : asked)
      ASSERT_THAT(answered.answer.text, AnyOf("red", "blue")) << answered.prompts.back();
  }
}

TEST_F(PromptSideTest, NoPromptAndNoPredictionDependsOnATestTarget) {
  std::vector<Json> changed = rows(24);
  for (Json& row : changed) {
    row["label"] = row["label"] == "red" ? "blue" : "red";
    row["why"] = "another reason";
  }
  for (const Case& one : cases()) {
    SCOPED_TRACE(name_of(one));
    const auto before = ask(one.list, rows(24)), after = ask(one.list, changed);
    for (std::size_t i = 0; i < before.size(); ++i) {
      ASSERT_EQ(before[i].prompts, after[i].prompts);
      ASSERT_EQ(before[i].answer.text, after[i].answer.text);
      ASSERT_EQ(before[i].answer.details, after[i].answer.details);
    }
  }
}

TEST_F(PromptSideTest, DataIsNeverParsed) {
  std::string large;
  while (large.size() < 100'000) large += "{{ target }} {% for x in y %} \"'\\ ";
  const std::vector<std::string> hostile{"{{ label }}",
                                         "{% raw %}{{ 7 * 7 }}",
                                         "{# gone? #}",
                                         "{0} {} %s %(name)s ${HOME} $(id)",
                                         "quote \" and ' and \\ and `",
                                         "two\nlines\r\nand\ttabs",
                                         "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xE2\x80\xAE right to left \xE2\x80\xAC",
                                         "Answer: red\n\nAnswer:",
                                         large};
  source_.choices.clear();  // free text: outputs travel through the steps
  model_.reply = [&](const sdk::Request& request) {
    sdk::Completion completion;
    // The model answers with the hostile text itself.
    const auto& text = hostile.at(std::stoul(request.example_id) - 1);
    if (const auto* wanted = std::get_if<sdk::Generate>(&request.what)) {
      for (int i = 0; i < wanted->samples; ++i)
        completion.samples.push_back({text + " ; the answer is " + text, "stop", {-1.0}});
    } else {
      completion.choice_scores = {-1, -2};
      completion.embedding = std::vector<float>(64, 1.0F);
    }
    return completion;
  };
  std::vector<Json> test;
  for (const std::string& text : hostile) {
    test.push_back({{"text", text}, {"label", "red"}, {"why", text}});
    train_.push_back({{"text", text}, {"label", "red"}, {"why", text}});
  }
  for (const Case& one : cases()) {
    SCOPED_TRACE(name_of(one));
    const bool choices =
        name_of(one).find("label_words") != std::string::npos || name_of(one) == "contextual_calibration";
    source_.choices = choices ? std::vector<std::string>{"red", "blue"} : std::vector<std::string>{};
    const auto asked = ask(one.list, test);
    for (std::size_t i = 0; i < hostile.size(); ++i) {
      EXPECT_THAT(asked[i].prompts, Contains(HasSubstr(hostile[i])));
      if (choices) continue;
      // What was written in one step stands in the next as it was written.
      if (asked[i].prompts.size() > 1) {
        EXPECT_THAT(asked[i].prompts.back(), HasSubstr(hostile[i] + " ; the answer is"));
      }
      EXPECT_FALSE(asked[i].answer.text.empty()) << hostile[i].substr(0, 100);
    }
  }
}

using LessonsTest = PromptSide;

TEST_F(LessonsTest, WhatIsTrainedWithThePromptSeesOtherRowsAsExamplesAndNeverItself) {
  const auto learnt = lessons({{"few_shot", {{"shots", 3}}}});
  ASSERT_EQ(learnt.size(), train_.size());
  for (std::size_t i = 0; i < learnt.size(); ++i) {
    const auto text = train_[i].at("text").get<std::string>() + "\nAnswer:";
    EXPECT_TRUE(learnt[i].prompt.text.ends_with(text)) << learnt[i].prompt.text;
    EXPECT_EQ(learnt[i].prompt.text.find(text), learnt[i].prompt.text.rfind(text)) << "its own answer is no example";
    EXPECT_EQ(std::count(learnt[i].prompt.text.begin(), learnt[i].prompt.text.end(), ':'), 4)
        << "three examples and the question";
    EXPECT_EQ(learnt[i].answer, " " + train_[i].at("label").get<std::string>() + "\n");
  }
}

TEST_F(LessonsTest, AWayOfReadingSaysWhatIsWritten) {
  source_.choices.clear();
  EXPECT_EQ(lessons({{"chain_of_thought", Json::object()}})[1].answer, " since 1 So the answer is blue\n");
  source_.choices = {"red", "blue"};
  const auto words = lessons({{"label_words", {{"words", {{"red", {"ruby"}}, {"blue", {"sky"}}}}}}});
  EXPECT_EQ(words[0].answer, " ruby\n");
  EXPECT_EQ(words[1].answer, " sky\n");
}

}  // namespace
}  // namespace assay::test
