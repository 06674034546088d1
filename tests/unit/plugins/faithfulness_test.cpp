#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "scoring.h"

namespace assay {
namespace {

using test::Row;
using test::scored;
using test::values_of;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Row answered(const std::string& input, const std::string& answer) {
  Row one{"", answer};
  one.input = input;
  return one;
}

/// Supported and all: numbers, names, words.
std::vector<double> counts(const std::string& input, const std::string& answer) {
  const auto data = scored("faithfulness", {}, {answered(input, answer)}).data;
  return {data.begin(), data.begin() + 6};
}

TEST(FaithfulnessTest, NumbersAreSupportedHoweverTheyAreWritten) {
  EXPECT_THAT(counts("1,000.50 of 5, 7 %", "1000.5, five and 7%; but 8 and six"), ElementsAre(3, 5, 0, 0, 0, 0));
  EXPECT_THAT(counts("three of them", "3 of them, one more"), ElementsAre(1, 1, 0, 0, 0, 0));
}

TEST(FaithfulnessTest, NamesNeedAllTheirWords) {
  // Names: Blue Spice (there), Crowne Hotel (Hotel is not).
  EXPECT_THAT(counts("name[Blue Spice], near[Crowne Plaza]", "it is Blue Spice near Crowne Hotel"),
              ElementsAre(0, 0, 1, 2, 1, 1));
  // What starts a sentence is a name where the input capitalises it, or another capital follows.
  EXPECT_THAT(counts("area near Paris", "Paris. Near Paris. Nearby."), ElementsAre(0, 0, 2, 2, 0, 1));
  EXPECT_THAT(counts("the river", "London's river"), ElementsAre(0, 0, 0, 0, 1, 2));
}

TEST(FaithfulnessTest, WordsCompareByStemsWithoutFunctionWords) {
  EXPECT_THAT(counts("a restaurant serving cheap dishes", "it serves the cheapest dish"),
              ElementsAre(0, 0, 0, 0, 2, 3));
}

TEST(FaithfulnessTest, ValuesAreSharesOverAllAnswers) {
  const std::vector<Row> rows{answered("Anna is 30", "Indeed Anna is 30"), answered("Anna is 30", "she is 31")};
  const auto values = values_of("faithfulness", {}, rows);
  // Anna and 30 of "Indeed Anna" (a name), 30, 31: "Indeed" starts the sentence, another capital follows.
  EXPECT_THAT(values, ElementsAre(DoubleNear(1.0 / 3, 1e-12), 0.5, 0, testing::IsNan(), 1));
}

TEST(FaithfulnessTest, WithoutInputItIsRefused) {
  try {
    values_of("faithfulness", {}, {answered("", "a")});
    FAIL();
  } catch (const BadInput& error) {
    EXPECT_THAT(error.what(), HasSubstr("example 1 has no input"));
  }
}

const Json kValues{
    {"values",
     {{"area", {{"riverside", {"riverside", "by the river"}}, {"city centre", Json::array()}}},
      {"familyFriendly", {{"yes", {"family friendly"}}, {"no", {"not family friendly", "adults only"}}}}}}};

/// Slots, missing, wrong, added, faultless.
std::vector<double> slots(const std::string& input, const std::string& answer, const Json& params = kValues) {
  return scored("slot_error", params, {answered(input, answer)}).data;
}

TEST(SlotErrorTest, TellsMissingWrongAndAddedApart) {
  const std::string input = "name[The Mill], area[riverside]";
  EXPECT_THAT(slots(input, "The Mill is by the River."), ElementsAre(2, 0, 0, 0, 1));
  EXPECT_THAT(slots(input, "The Mill is nice."), ElementsAre(2, 1, 0, 0, 0));
  EXPECT_THAT(slots(input, "The Mill in the city centre."), ElementsAre(2, 0, 1, 0, 0));
  EXPECT_THAT(slots(input, "The Mill, riverside, is family-friendly."), ElementsAre(2, 0, 0, 1, 0));
  EXPECT_THAT(slots(input, "A riverside mill near the city centre."), ElementsAre(2, 1, 0, 1, 0));
}

TEST(SlotErrorTest, TheLongerOfOverlappingPhrasesIsMeant) {
  EXPECT_THAT(slots("familyFriendly[no]", "It is not family friendly."), ElementsAre(1, 0, 0, 0, 1));
  EXPECT_THAT(slots("familyFriendly[yes]", "It is not family friendly."), ElementsAre(1, 0, 1, 0, 0));
}

TEST(SlotErrorTest, ReadsObjectsToo) {
  EXPECT_THAT(slots(R"({"name": "The Mill", "stars": 5})", "The Mill has 5 stars", Json::object()),
              ElementsAre(2, 0, 0, 0, 1));
  EXPECT_THAT(slots(R"({"price": "less than £20"})", "It costs less than 20.", Json::object()),
              ElementsAre(1, 1, 0, 0, 0));
}

TEST(SlotErrorTest, TheRateIsErrorsOverSlots) {
  const auto values =
      values_of("slot_error", kValues,
                {answered("name[A], area[riverside]", "A."), answered("name[B], area[riverside]", "B, city centre")});
  EXPECT_THAT(values, ElementsAre(0.5, 0.25, 0.25, 0, 0));
}

TEST(SlotErrorTest, AnInputWithoutSlotsIsRefused) {
  try {
    slots("just words", "a");
    FAIL();
  } catch (const BadInput& error) {
    EXPECT_THAT(error.what(), HasSubstr("example 1 has no slots in its input"));
  }
}

}  // namespace
}  // namespace assay
