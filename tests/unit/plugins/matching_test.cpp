#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "reference.h"
#include "scoring.h"

namespace assay {
namespace {

using test::refusal;
using test::Row;
using test::values_of;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

double score(const std::string& metric, const std::string& answer, const std::string& target,
             const Json& params = Json::object()) {
  return values_of(metric, params, {{target, answer}}).at(0);
}

TEST(TokenF1Test, EqualsSquadsRulesOnRandomTexts) {
  const std::vector<std::string> pieces{"the",    "A",       "an ", "cat",    "cat",    "Cat's", "\u00c9t\u00e9",
                                        "\u2013", "-",       ".",   ",",      " ",      " ",     " ",
                                        "\u00a0", "a\u2013", "5",   "\u6211", "\u00bd", "_",     "\u0301"};
  std::mt19937 random(3);
  const auto drawn = [&] {
    std::string text;
    for (std::size_t n = random() % 9; n > 0; --n) text += pieces[random() % pieces.size()];
    return text;
  };
  Json pairs = Json::array();
  for (int i = 0; i < 2000; ++i) {
    const std::string answer = drawn();
    pairs.push_back({answer, i % 5 == 0 ? answer + " the" : drawn()});
  }
  const auto told = test::ask_python("squad_normalized.py", "json", pairs);
  ASSERT_TRUE(told && told->size() == pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    ASSERT_NEAR(score("exact_match", pairs[i][0], pairs[i][1], {{"normalize", "squad"}}), told->at(i)[0].get<double>(),
                0)
        << pairs[i];
    ASSERT_NEAR(score("token_f1", pairs[i][0], pairs[i][1]), told->at(i)[1].get<double>(), 1e-12) << pairs[i];
  }
}

TEST(TokenF1Test, TakesTheBestReferenceAndKnowsNoAnswer) {
  Row row{"", "Paris, France"};
  row.references = {"London", "the city of Paris"};
  EXPECT_NEAR(values_of("token_f1", {}, {row}).at(0), 2.0 / 5, 1e-12);
  EXPECT_EQ(score("token_f1", "", ""), 1);
  EXPECT_EQ(score("token_f1", "something", ""), 0);
  EXPECT_EQ(score("token_f1", "Paris.", "Paris", {{"normalize", "none"}}), 0);
}

TEST(NumericMatchTest, ReadsNumbersAsPeopleWriteThem) {
  for (const char* answer :
       {"1234.5", " 1,234.5 ", "$1,234.50", "+1234.5", "1234.5.", "1.2345e3", "1234.5%", "€ 1234.5"})
    EXPECT_EQ(score("numeric_match", answer, "1234.5"), 1) << answer;
  for (const char* answer :
       {"", "about 1234.5", "1234,5", "12,34.5", "1234.6", "-1234.5", "1234.5 apples", "--1234.5", "nan", "inf"})
    EXPECT_EQ(score("numeric_match", answer, "1234.5"), 0) << answer;
  EXPECT_EQ(score("numeric_match", "\u22125", "-5"), 1);
}

TEST(NumericMatchTest, TheLargerToleranceCounts) {
  EXPECT_EQ(score("numeric_match", "99", "100", {{"relative", 0.01}}), 1);
  EXPECT_EQ(score("numeric_match", "98.9", "100", {{"relative", 0.01}}), 0);
  EXPECT_EQ(score("numeric_match", "98.9", "100", {{"relative", 0.01}, {"absolute", 2}}), 1);
}

TEST(NumericMatchTest, ATargetThatIsNoNumberIsRefused) {
  EXPECT_THAT(refusal([] { score("numeric_match", "5", "five"); }), HasSubstr("should be a number but is 'five'"));
}

TEST(JsonMatchTest, CountsFieldsThatAgree) {
  // Fields of the target: /a 1, /b/0 x, /b/1 y; of the answer /a 1.0, /b/0 y, /c true: one of three each.
  const auto values =
      values_of("json_match", {}, {{R"({"a": 1, "b": ["x", "y"]})", R"({"c": true, "b": ["y"], "a": 1.0})"}});
  EXPECT_THAT(values,
              ElementsAre(DoubleNear(1.0 / 3, 1e-12), 1, 0, DoubleNear(1.0 / 3, 1e-12), DoubleNear(1.0 / 3, 1e-12)));
  const auto bags =
      values_of("json_match", {{"ordered", false}}, {{R"({"a": 1, "b": ["x", "y"]})", R"({"b": ["y", "x"], "a": 1})"}});
  EXPECT_EQ(bags[0], 1);
  EXPECT_EQ(bags[2], 1);
}

TEST(JsonMatchTest, AnAnswerThatIsNoJsonHasNoFields) {
  const auto values =
      values_of("json_match", {}, {{R"({"a": 1})", "sure: {\"a\": 1}"}, {R"({"a": 1})", R"({"a": 1})"}});
  EXPECT_THAT(values, ElementsAre(DoubleNear(2.0 / 3, 1e-12), 0.5, 0.5, 1, 0.5));
  EXPECT_TRUE(std::isnan(values_of("json_match", {}, {{"{}", "no"}})[3]));
  EXPECT_EQ(score("json_match", "{}", "{}"), 1);
}

TEST(JsonMatchTest, ATargetThatIsNoJsonIsRefused) {
  EXPECT_THAT(refusal([] { score("json_match", "{}", "{a: 1}"); }), HasSubstr("has a target that is no JSON"));
}

TEST(RegexMatchTest, MatchesItsPatternOrTheTargets) {
  const Json date{{"pattern", R"(\d{4}-\d\d-\d\d)"}};
  EXPECT_EQ(score("regex_match", "on 2024-05-06.", "", date), 1);
  EXPECT_EQ(score("regex_match", "on 2024-05-06.", "", {{"pattern", R"(\d{4}-\d\d-\d\d)"}, {"whole", true}}), 0);
  EXPECT_EQ(score("regex_match", "\u00c9t\u00e9", "^\\w+$"), 1);
  EXPECT_EQ(score("regex_match", "YES", "yes|yeah"), 0);
  EXPECT_EQ(score("regex_match", "YES", "yes|yeah", {{"ignore_case", true}}), 1);
}

TEST(RegexMatchTest, APatternThatCannotBeUsedIsNamed) {
  EXPECT_THAT(refusal([] {
                score("regex_match", "a", "a", {{"pattern", "(a"}});
              }),
              HasSubstr("'(a' does not compile: missing closing parenthesis"));
  EXPECT_THAT(refusal([] { score("regex_match", std::string(40, 'a') + "b", "(a+)+$"); }),
              HasSubstr("failed on an answer of 41 bytes: match limit"));
}

}  // namespace
}  // namespace assay
