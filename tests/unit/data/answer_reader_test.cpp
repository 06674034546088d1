#include "data/answer_reader.h"

#include <gmock/gmock.h>

#include "assay/sdk/error.h"

namespace assay::data {
namespace {

using ::testing::HasSubstr;

std::optional<std::string> read(const Json& how, const std::string& output, std::vector<std::string> choices = {}) {
  sdk::Input input;
  input.choices = std::move(choices);
  return AnswerReader(how).read(output, input);
}

const std::vector<std::string> kLabels{"spam", "not spam", "unsure"};

TEST(AnswerReaderTest, LabelsStrictly) {
  EXPECT_EQ(read_label(" spam\n", kLabels, true), "spam");
  EXPECT_EQ(read_label("Spam", kLabels, true), std::nullopt);
  EXPECT_EQ(read_label("spam.", kLabels, true), std::nullopt);
}

TEST(AnswerReaderTest, LabelsLeniently) {
  EXPECT_EQ(read_label("\"Spam\".", kLabels, false), "spam");
  EXPECT_EQ(read_label("It is not spam, I think", kLabels, false), "not spam") << "the longer label hides its part";
  EXPECT_EQ(read_label("spam or unsure", kLabels, false), std::nullopt) << "two labels are none";
  EXPECT_EQ(read_label("spammer", kLabels, false), std::nullopt) << "whole words alone";
  EXPECT_EQ(read_label("", kLabels, false), std::nullopt);
}

TEST(AnswerReaderTest, WhatIsReadWhereThereAreChoicesIsOneOfThem) {
  const Json field = {{"as", "json"}, {"path", "/kind"}};
  EXPECT_EQ(read(field, R"({"kind": "Not spam."})", kLabels), "not spam");
  EXPECT_EQ(read(field, R"({"kind": "ham"})", kLabels), std::nullopt);
  EXPECT_EQ(read("{{ output | replace('rubbish', 'spam') }}", "rubbish", kLabels), "spam");
  const Json strict = {{"as", "json"}, {"path", "/kind"}, {"mode", "strict"}};
  EXPECT_EQ(read(strict, R"({"kind": "Spam"})", kLabels), std::nullopt);
}

TEST(AnswerReaderTest, Numbers) {
  for (const auto& [text, number] :
       std::initializer_list<std::pair<const char*, const char*>>{{"so 8 - 5 = 3", "3"},
                                                                  {"-4", "-4"},
                                                                  {"10-3", "3"},
                                                                  {"$1,250.50 in all.", "1250.5"},
                                                                  {"+007", "7"},
                                                                  {"about .5", "0.5"},
                                                                  {"\u22122", "-2"},
                                                                  {"-0.0", "0"},
                                                                  {"12 apples, 3.0 left", "3"}}) {
    EXPECT_EQ(read_number(text, false), number) << text;
  }
  EXPECT_EQ(read_number(" 1,250 ", true), "1250");
  EXPECT_EQ(read_number("3 apples", true), std::nullopt);
  EXPECT_EQ(read_number("none", false), std::nullopt);
}

TEST(AnswerReaderTest, JsonAgainstASchema) {
  const Json how{{"as", "json"},
                 {"path", "/answer"},
                 {"schema", {{"required", {"answer"}}, {"properties", {{"answer", {{"type", "integer"}}}}}}}};
  EXPECT_EQ(read(how, "```json\n{\"answer\": 5}\n```"), "5");
  EXPECT_EQ(read(how, "{\"answer\": \"5\"}"), std::nullopt);
  EXPECT_EQ(read(how, "no JSON {here}"), std::nullopt);
  Json strict = how;
  strict["mode"] = "strict";
  EXPECT_EQ(read(strict, " {\"answer\": 5} "), "5");
  EXPECT_EQ(read(strict, "so {\"answer\": 5}"), std::nullopt);
}

TEST(AnswerReaderTest, DeepOrTornJsonIsNoAnswer) {
  EXPECT_EQ(read({{"as", "json"}}, std::string(200'000, '[')), std::nullopt);
  EXPECT_EQ(read({{"as", "json"}}, std::string(100'000, '[') + std::string(100'000, ']')), std::nullopt);
  EXPECT_EQ(read({{"as", "json"}}, "{\"a\": \"" + std::string(100'000, '{')), std::nullopt);
}

TEST(AnswerReaderTest, AFormatOfWhatIsNoTextIsNotKept) {
  EXPECT_EQ(read({{"as", "json"}, {"schema", {{"format", "date"}}}}, "[1]"), std::nullopt);
}

TEST(AnswerReaderTest, PatternsTakeTheirGroup) {
  const Json how{{"as", "pattern"}, {"pattern", "answer: (\\w+)"}};
  EXPECT_EQ(read(how, "Answer: left, no, answer: right!"), "right");
  EXPECT_EQ(read({{"as", "pattern"}, {"pattern", "[a-z]+"}, {"mode", "strict"}}, " left "), "left");
  EXPECT_EQ(read({{"as", "pattern"}, {"pattern", "[a-z]+"}, {"mode", "strict"}}, "left or right"), std::nullopt);
  EXPECT_EQ(read(how, "answer: \xFF\xFE answer: ok"), "ok") << "bytes that are no text harm nothing";
}

TEST(AnswerReaderTest, FirstLineAndTemplate) {
  EXPECT_EQ(read({{"as", "first_line"}}, "\n left \nbecause"), "left");
  EXPECT_EQ(read({{"as", "first_line"}, {"mode", "strict"}}, "left\nbecause"), std::nullopt);
  EXPECT_EQ(read({{"as", "number"}, {"template", "{{ output }} km"}}, "it is 5"), "5 km");
  EXPECT_EQ(read("{{ output | upper }}", " left "), "LEFT");
}

TEST(AnswerReaderTest, ChoicesAreTheDefaultWhereThereAreSome) {
  EXPECT_EQ(read(nullptr, " Red! ", {"red", "blue"}), "red");
  EXPECT_EQ(read(nullptr, " any text ", {}), "any text");
}

TEST(AnswerReaderTest, MistakesAreNamed) {
  EXPECT_THAT(reader_problem({{"as", "numbr"}}), HasSubstr("'numbr'"));
  EXPECT_THAT(reader_problem({{"as", "pattern"}, {"pattern", "(("}}), HasSubstr("does not compile"));
  EXPECT_THAT(reader_problem({{"as", "json"}, {"path", "answer"}}), HasSubstr("JSON Pointer"));
  EXPECT_THAT(reader_problem({{"as", "number"}, {"path", "/a"}}), HasSubstr("belongs to `as: json`"));
  EXPECT_EQ(reader_problem(nullptr), "");
}

}  // namespace
}  // namespace assay::data
