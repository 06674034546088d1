#include "pretrain/tasks/frames.h"

#include <assay/sdk/error.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace assay::synth {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class FramesTest : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& text) const {
    const auto file = std::filesystem::path(testing::TempDir()) /
                      (std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + ".json");
    std::ofstream(file) << text;
    return file;
  }

  std::string refusal(const std::string& text) const {
    try {
      Frames::read(write(text));
    } catch (const BadInput& error) {
      return error.what();
    }
    return "accepted";
  }
};

TEST_F(FramesTest, AFileReplacesTheFamiliesThatItNamesAndLeavesTheOthers) {
  const auto file = write(R"({"routing": ["we lift the {noun}"], "chain": {"opening": ["{name} owns {number} {things}"],
                              "closing": ["and now ?"]}})");
  const Frames frames = Frames::read(file);
  EXPECT_THAT(frames.of("routing"), ElementsAre("we lift the {noun}"));
  EXPECT_THAT(frames.of("chain", "closing"), ElementsAre("and now ?"));
  EXPECT_EQ(frames.source("routing"), file.string());
  EXPECT_EQ(frames.of("topic"), Frames::built_in().of("topic"));
  EXPECT_EQ(frames.source("topic"), "the built-in frames");
}

TEST_F(FramesTest, OrdinarySentencesAreBroughtToTheStyleOfTheTokens) {
  const Frames frames = Frames::read(write(R"({"topic": ["Well,  {name}: who has  the {noun}?"]})"));
  EXPECT_THAT(frames.of("topic"), ElementsAre("well , {name} : who has the {noun} ?"));
}

TEST_F(FramesTest, EveryFaultIsNamedAtOnceWithWhatIsAllowed) {
  const auto file =
      (std::filesystem::path(testing::TempDir()) / "EveryFaultIsNamedAtOnceWithWhatIsAllowed.json").string();
  EXPECT_THAT(
      refusal(R"({"rooting": ["a {noun}"], "topic": ["a thing", "the {nuon} of {noun}", 3], "sentiment": [],
                          "chain": {"opening": ["{things}"], "ending": ["?"]}})"),
      AllOf(HasSubstr(file + ": 8 faults"),
            HasSubstr("unknown family \"rooting\"; allowed: routing, support, chain, topic, sentiment, notice"),
            HasSubstr("topic[0]: \"a thing\" lacks the slot {noun}"),
            HasSubstr("topic[1]: unknown slot {nuon} in \"the {nuon} of {noun}\"; allowed: {noun}, {name}, {place}"),
            HasSubstr("topic[2]: expected a sentence, found number"),
            HasSubstr("sentiment: expected a list of one sentence or more, found an empty list"),
            HasSubstr("chain.opening[0]: \"{things}\" lacks the slot {number}"),
            HasSubstr("chain: unknown group \"ending\"; allowed: opening, closing"),
            HasSubstr("chain.closing: the list of sentences is missing")));
}

TEST_F(FramesTest, WhatIsNoObjectOfFamiliesIsRefused) {
  EXPECT_THAT(refusal("[\"{noun}\"]"), HasSubstr("expected an object of families, found array"));
  EXPECT_THAT(refusal("{\"topic\": "), HasSubstr("not JSON"));
  EXPECT_THAT(refusal(""), HasSubstr("cannot be read or is empty"));
  EXPECT_THAT(refusal(R"({"topic": "a {noun}"})"),
              HasSubstr("topic: expected a list of one sentence or more, found string"));
  EXPECT_THAT(
      refusal(R"({"support": ["{pet}"]})"),
      HasSubstr("expected an object with a list of sentences for each of adopt, stray, gift, sick, found array"));
  EXPECT_THAT(refusal(R"({"topic": ["a {noun"]})"), HasSubstr("the braces of \"a {noun\" do not match"));
  EXPECT_THAT(refusal(R"({"topic": ["a noun} {noun}"]})"), HasSubstr("do not match"));
  EXPECT_THROW(Frames::read("no/such/file.json"), BadInput);
}

TEST_F(FramesTest, TheArticleFollowsTheWordThatFillsTheSlot) {
  EXPECT_EQ(fill("a {noun} near a {noun}", {{"noun", "owl"}}), "an owl near an owl");
  EXPECT_EQ(fill("a {adjective} {noun}", {{"noun", "owl"}, {"adjective", "wet"}}), "a wet owl");
  EXPECT_EQ(fill("panda {noun} , {noun}", {{"noun", "owl"}}), "panda owl , owl");
}

}  // namespace
}  // namespace assay::synth
