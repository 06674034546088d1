#include "models/remote/tuning_data.h"

#include <assay/sdk/error.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <sstream>

#include "assay/sdk/json.h"

namespace assay::models::remote {
namespace {

using ::testing::HasSubstr;

std::vector<TuningExample> examples(std::size_t count) {
  std::vector<TuningExample> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back({std::to_string(i + 1), {{"system", "be brief"}, {"user", "which desk?"}}, "billing", "outage"});
  return all;
}

std::string refusal(const std::function<void(std::vector<TuningExample>&)>& change,
                    TuningMethod method = TuningMethod::supervised, const std::string& model = "m") {
  auto rows = examples(10);
  change(rows);
  try {
    static_cast<void>(tuning_file(rows, method, model, "training"));
  } catch (const BadInput& error) {
    return error.what();
  }
  return "";
}

TEST(TuningDataTest, ARowIsAConversationThatEndsWithTheAnswer) {
  const TuningFile file = tuning_file(examples(10), TuningMethod::supervised, "m", "training");
  EXPECT_EQ(file.examples, 10U);
  EXPECT_GT(file.tokens, 0);
  std::istringstream lines(file.content);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(Json::parse(line),
            Json::parse(R"({"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"which desk?"},
                                                          {"role":"assistant","content":"billing"}]})"));
}

TEST(TuningDataTest, DpoHasThePreferenceForm) {
  const TuningFile file = tuning_file(examples(10), TuningMethod::dpo, "m", "training");
  const Json line = Json::parse(file.content.substr(0, file.content.find('\n')));
  EXPECT_EQ(line["input"]["messages"].size(), 2U);
  EXPECT_EQ(line["preferred_output"], Json::parse(R"([{"role":"assistant","content":"billing"}])"));
  EXPECT_EQ(line["non_preferred_output"], Json::parse(R"([{"role":"assistant","content":"outage"}])"));
}

TEST(TuningDataTest, WhatBreaksThePublishedRulesIsRefusedByRow) {
  EXPECT_THAT(refusal([](auto& rows) { rows.pop_back(); }), HasSubstr("at least 10 training rows, and there are 9"));
  EXPECT_THAT(refusal([](auto& rows) { rows[3].answer = ""; }), HasSubstr("training row 4: its answer is empty"));
  EXPECT_THAT(refusal([](auto& rows) { rows[3].messages[0].role = "narrator"; }),
              HasSubstr("row 4: the role 'narrator'"));
  EXPECT_THAT(refusal([](auto& rows) {
                rows[3].messages.push_back({"assistant", "well"});
              }),
              HasSubstr("row 4: the question ends with the assistant"));
  EXPECT_THAT(refusal([](auto& rows) { rows[3].messages.clear(); }), HasSubstr("row 4: there is no question"));
  EXPECT_THAT(refusal([](auto& rows) { rows[3].answer = "\xff"; }), HasSubstr("row 4: it is no UTF-8"));
  EXPECT_THAT(refusal([](auto& rows) { rows[3].rejected = "billing"; }, TuningMethod::dpo),
              HasSubstr("the answer itself"));
  EXPECT_THAT(refusal([](auto& rows) { rows[3].rejected = ""; }, TuningMethod::dpo), HasSubstr("`rejected`"));
}

TEST(TuningDataTest, ARowThatATrainingWindowWouldCutIsRefusedWhereTheWindowIsKnown) {
  const auto lengthen = [](auto& rows) {
    for (int i = 0; i < 40'000; ++i) rows[3].messages[1].content += "word ";
  };
  EXPECT_THAT(refusal(lengthen, TuningMethod::supervised, "gpt-3.5-turbo-0125"), HasSubstr("trained on 16385 at most"));
  EXPECT_EQ(refusal(lengthen, TuningMethod::supervised, "some-other-model"), "");
}

TEST(TuningDataTest, ValidationRowsMayBeFew) {
  EXPECT_EQ(tuning_file(examples(1), TuningMethod::supervised, "m", "validation").examples, 1U);
}

}  // namespace
}  // namespace assay::models::remote
