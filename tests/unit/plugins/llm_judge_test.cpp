#include <assay/sdk/random.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "reference.h"
#include "scoring.h"
#include "text/jinja/template.h"

namespace assay {
namespace {

using test::refusal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

sdk::Completion written(const std::string& text) {
  sdk::Completion completion;
  completion.samples.push_back({text, "stop", {}});
  return completion;
}

sdk::Completion chosen(std::size_t choice) {
  sdk::Completion completion;
  completion.choice = choice;
  return completion;
}

/// An answer that is judged.
struct Judged {
  std::string answer = "an answer";
  std::vector<sdk::Completion> said = {};
  OrderedJson fields = OrderedJson::object();
  std::string opponent = {};  ///< empty: none
};

struct Judge {
  explicit Judge(Json params) {
    params["model"] = "judge";
    metric = test::built_in("llm_judge").metric(sdk::Params(params));
    sdk::ScoringContext context{.choices = {}, .targets = {}};
    context.instruction = "Answer politely.";
    context.render = [](const std::string& jinja, const Json& variables) {
      text::Template::Options options;
      options.strict = true;
      return text::Template::parse(jinja, options).render(OrderedJson::parse(variables.dump()));
    };
    metric->begin(context);
  }

  template <class Call>
  auto about(const Judged& judged, Call call) const {
    const sdk::Input input{.id = "7", .index = 6, .text = "Where is the key?", .fields = judged.fields, .choices = {}};
    const std::string target = "under the mat";
    const std::vector<std::string> references{target};
    const Json details = Json::object();
    const sdk::Usage usage;
    sdk::Prediction prediction{input, target, references, judged.answer, {}, details, usage, 0, 0};
    if (!judged.opponent.empty()) prediction.opponent = &judged.opponent;
    return call(prediction);
  }

  std::vector<sdk::Request> asks(const Judged& judged) const {
    return about(judged, [&](const sdk::Prediction& prediction) { return metric->ask(prediction); });
  }

  /// By name.
  std::map<std::string, double> values(const std::vector<Judged>& all) const {
    std::vector<double> data(all.size() * metric->width());
    for (std::size_t i = 0; i < all.size(); ++i) {
      about(all[i], [&](const sdk::Prediction& prediction) {
        metric->score(prediction, all[i].said, std::span(data).subspan(i * metric->width(), metric->width()));
        return 0;
      });
    }
    const std::vector<double> weights(all.size(), 1.0);
    std::vector<double> out(metric->outputs().size());
    metric->values(sdk::Rows(data, metric->width(), weights), out);
    std::map<std::string, double> named;
    for (std::size_t i = 0; i < out.size(); ++i) named[metric->outputs()[i].name] = out[i];
    return named;
  }

  std::shared_ptr<sdk::Metric> metric;
};

std::string shown(const sdk::Request& request) {
  return std::get<sdk::Generate>(request.what).prompt.messages.at(0).content;
}

Json two_criteria() {
  return {{"rubric", {{{"name", "correct"}, {"asks", "Is it so?"}}, {{"name", "polite"}, {"asks", "Is it kind?"}}}}};
}

TEST(LlmJudgeTest, ARubricShowsTaskQuestionReferenceAnswerAndCriteria) {
  const auto asked = Judge(two_criteria()).asks({});
  ASSERT_THAT(asked, SizeIs(1));
  for (const char* text : {"Answer politely.", "Where is the key?", "under the mat", "an answer", "correct: Is it so?",
                           "polite: Is it kind?", "a whole number from 1 (worst) to 5 (best)", "polite: <grade>"}) {
    EXPECT_THAT(shown(asked[0]), HasSubstr(text));
  }
  Json hidden = two_criteria();
  hidden["reference"] = false;
  EXPECT_THAT(shown(Judge(hidden).asks({})[0]), Not(HasSubstr("under the mat")));
}

TEST(LlmJudgeTest, GradesAreSharesOfTheScale) {
  const Judge judge(two_criteria());
  const auto values = judge.values({{.said = {written("Fine.\ncorrect: 5\npolite: 3")}},
                                    {.said = {written("- **Correct**: 2/5\n- **polite:** 1.")}}});
  // (4/4 + 2/4) / 2 = 0.75 and (1/4 + 0) / 2 = 0.125
  EXPECT_DOUBLE_EQ(values.at("llm_judge"), 0.4375);
  EXPECT_DOUBLE_EQ(values.at("llm_judge.correct"), 0.625);
  EXPECT_DOUBLE_EQ(values.at("llm_judge.polite"), 0.25);
  EXPECT_EQ(values.at("llm_judge.unreadable"), 0);
}

TEST(LlmJudgeTest, WhatIsNoGradeIsLeftOutAndCounted) {
  const Judge judge(Json::object());
  for (const char* text : {"", "5", "Grade: 6", "Grade: 4.5", "Grade: 4 or 5", "Grade: good", "Grade: 3/10",
                           "My grade: 4", "Grade 4", "Grade:"}) {
    const auto values = judge.values({{.said = {written(text)}}, {.said = {written("Grade: 5")}}});
    EXPECT_EQ(values.at("llm_judge"), 1) << text;
    EXPECT_EQ(values.at("llm_judge.unreadable"), 0.5) << text;
  }
  EXPECT_TRUE(std::isnan(judge.values({{.said = {written("")}}}).at("llm_judge")));
}

TEST(LlmJudgeTest, TheLastLineOfANameCounts) {
  EXPECT_EQ(Judge(Json::object())
                .values({{.said = {written("Grade: 2 would be harsh.\nGrade: 2\nNo, better:\n### Grade: **4**\n")}}})
                .at("llm_judge"),
            0.75);
}

TEST(LlmJudgeTest, YesAndNoAreOneAndZero) {
  const Judge judge(Json{{"scale", "yes_no"}, {"rubric", "Is it polite?"}});
  EXPECT_EQ(judge.values({{.said = {written("Grade: Yes")}}, {.said = {written("grade: no.")}}}).at("llm_judge"), 0.5);
}

TEST(LlmJudgeTest, AJudgeThatChoosesIsAskedForEachCriterionAlone) {
  Json params = two_criteria();
  params["verdict"] = "chosen";
  const Judge judge(params);
  const auto asked = judge.asks({});
  ASSERT_THAT(asked, SizeIs(2));
  const auto& second = std::get<sdk::ScoreChoices>(asked[1].what);
  EXPECT_EQ(second.prompt.messages.back(), (sdk::Message{"assistant", "polite:"}));
  EXPECT_THAT(second.prompt.messages.front().content, Not(HasSubstr("correct: Is it so?")));
  EXPECT_THAT(second.choices, ElementsAre(" 1", " 2", " 3", " 4", " 5"));
  EXPECT_DOUBLE_EQ(judge.values({{.said = {chosen(4), chosen(1)}}}).at("llm_judge"), 0.625);
}

TEST(LlmJudgeTest, APairIsShownInBothOrders) {
  const auto asked = Judge(Json{{"mode", "pairwise"}, {"against", "baseline"}}).asks({.opponent = "another"});
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_THAT(shown(asked[0]), HasSubstr("[Answer A]\nan answer\n\n[Answer B]\nanother"));
  EXPECT_THAT(shown(asked[1]), HasSubstr("[Answer A]\nanother\n\n[Answer B]\nan answer"));
  EXPECT_THAT(shown(asked[0]), HasSubstr("under the mat"));
  // The target stands there once where it is what the answer is compared with.
  EXPECT_THAT(shown(Judge(Json{{"mode", "pairwise"}}).asks({})[0]), Not(HasSubstr("[Reference answer]")));
}

TEST(LlmJudgeTest, AWinCountsWhereBothOrdersSaySo) {
  const Judge judge(Json{{"mode", "pairwise"}});
  const auto pair = [](const char* first, const char* second) {
    return Judged{.said = {written(std::string("Verdict: ") + first), written(std::string("Verdict: ") + second)}};
  };
  const auto values = judge.values({pair("A", "B"), pair("B", "A"), pair("tie", "tie"), pair("A", "A"), pair("B", "B"),
                                    pair("A", "tie"), pair("[[A]]", "B"), pair("perhaps A", "B")});
  // Read: 2 wins, 1 loss, 4 ties of 7; the eighth cannot be read.
  EXPECT_DOUBLE_EQ(values.at("llm_judge"), 4.0 / 7);
  EXPECT_DOUBLE_EQ(values.at("llm_judge.win"), 2.0 / 7);
  EXPECT_DOUBLE_EQ(values.at("llm_judge.tie"), 4.0 / 7);
  EXPECT_DOUBLE_EQ(values.at("llm_judge.loss"), 1.0 / 7);
  EXPECT_DOUBLE_EQ(values.at("llm_judge.position_bias"), 3.0 / 7);
  EXPECT_DOUBLE_EQ(values.at("llm_judge.prefers_first"), 1.0 / 7);
  EXPECT_DOUBLE_EQ(values.at("llm_judge.prefers_second"), 1.0 / 7);
  EXPECT_DOUBLE_EQ(values.at("llm_judge.unreadable"), 1.0 / 8);
}

TEST(LlmJudgeTest, EqualAnswersTieWithoutBeingAskedAbout) {
  const Judge judge(Json{{"mode", "pairwise"}});
  EXPECT_THAT(judge.asks({.answer = " under the mat\n"}), SizeIs(0));
  EXPECT_EQ(judge.values({{.answer = "under the mat"}}).at("llm_judge.tie"), 1);
}

TEST(LlmJudgeTest, PeoplesVerdictsAreCompared) {
  const Judge judge(Json{{"mode", "pairwise"}, {"label", "human"}});
  const auto wins = [](Json human) {
    return Judged{.said = {written("Verdict: A"), written("Verdict: B")},
                  .fields = OrderedJson{{"human", OrderedJson::parse(human.dump())}}};
  };
  EXPECT_DOUBLE_EQ(judge.values({wins("A"), wins("win"), wins("tie"), wins("loss"), wins(nullptr), wins("")})
                       .at("llm_judge.agreement"),
                   0.5);
  EXPECT_THAT(refusal([&] { judge.values({wins("left")}); }),
              HasSubstr("example 7: people's verdict in 'human' is \"left\""));
  EXPECT_THAT(refusal([&] {
                judge.values({{.said = {written("Verdict: A"), written("Verdict: B")}, .fields = {{"text", "x"}}}});
              }),
              HasSubstr("`label` names the field 'human', which the row of example 7 does not have; its fields: text"));
}

TEST(LlmJudgeTest, AGradeOfPeopleOffTheScaleIsRefused) {
  const Judge judge(Json{{"label", "human"}});
  const auto five = [](OrderedJson human) {
    return Judged{.said = {written("Grade: 5")}, .fields = OrderedJson{{"human", std::move(human)}}};
  };
  EXPECT_EQ(judge.values({five(5), five("5"), five("4")}).at("llm_judge.agreement"), 2.0 / 3);
  EXPECT_THAT(refusal([&] { judge.values({five(0)}); }),
              HasSubstr("is 0, not a whole number from 1 (worst) to 5 (best)"));
}

TEST(LlmJudgeTest, KappaIsScikitLearns) {
  Json questions = Json::array();
  std::vector<std::map<std::string, double>> ours;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    sdk::Random random(seed, "grades");
    Json task{{"judge", Json::array()}, {"people", Json::array()}};
    std::vector<Judged> all;
    for (int i = 0; i < 80; ++i) {
      const int human = 1 + static_cast<int>(random.below(5));
      const int grade = random.uniform() < 0.6 ? human : 1 + static_cast<int>(random.below(5));
      task["judge"].push_back(grade);
      task["people"].push_back(human);
      all.push_back({.said = {written("Grade: " + std::to_string(grade))}, .fields = {{"human", human}}});
    }
    questions.push_back(task);
    ours.push_back(Judge(Json{{"label", "human"}}).values(all));
  }
  const auto told = test::ask_python("sklearn_kappa.py", "sklearn", questions);
  if (!told) GTEST_SKIP() << "needs python3-sklearn";
  ASSERT_EQ(told->size(), ours.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_NEAR(ours[i].at("llm_judge.kappa"), (*told)[i].at("kappa"), 1e-12);
    EXPECT_NEAR(ours[i].at("llm_judge.weighted_kappa"), (*told)[i].at("quadratic"), 1e-12);
    EXPECT_NEAR(ours[i].at("llm_judge.agreement"), (*told)[i].at("agreement"), 1e-12);
  }
}

TEST(LlmJudgeTest, KappaIsUndefinedWhereBothAlwaysSayOneThing) {
  const auto values =
      Judge(Json{{"label", "human"}}).values({{.said = {written("Grade: 5")}, .fields = {{"human", 5}}}});
  EXPECT_EQ(values.at("llm_judge.agreement"), 1);
  EXPECT_TRUE(std::isnan(values.at("llm_judge.kappa")));
  EXPECT_TRUE(std::isnan(values.at("llm_judge.weighted_kappa")));
}

TEST(LlmJudgeTest, SettingsThatContradictThemselvesAreRefused) {
  EXPECT_THAT(refusal([] { Judge(Json{{"scale", {5, 1}}}); }), HasSubstr("from the worst grade to the best"));
  EXPECT_THAT(refusal([] {
                Json twice = two_criteria();
                twice["rubric"][1]["name"] = "correct";
                Judge{twice};
              }),
              HasSubstr("two values would be called llm_judge.correct"));
  EXPECT_THAT(refusal([] {
                Json both = two_criteria();
                both["label"] = "human";
                Judge{both};
              }),
              HasSubstr("each has its own `label`"));
}

TEST(LlmJudgeTest, TheSignatureSaysWhoJudgedAndHow) {
  const Judge judge(Json{{"mode", "pairwise"}, {"against", "baseline"}});
  EXPECT_EQ(judge.metric->signature(sdk::Rows({}, judge.metric->width(), {})),
            "mode:pairwise|judge:judge|verdict:written|template:standard|against:baseline|orders:both must "
            "agree|unreadable:left out|version:1.0");
}

}  // namespace
}  // namespace assay
