#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "scoring.h"

namespace assay {
namespace {

using test::Row;
using test::values_of;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Row row(const std::string& target, const std::vector<std::string>& samples) {
  Row one{target, samples.front()};
  one.details["samples"] = samples;
  return one;
}

/// The share of all draws of k of the samples that hold a right one, counted one by one.
double pass_by_counting(const std::vector<bool>& right, std::size_t k) {
  int draws = 0, passing = 0;
  for (unsigned chosen = 0; chosen < (1u << right.size()); ++chosen) {
    if (static_cast<std::size_t>(__builtin_popcount(chosen)) != k) continue;
    ++draws;
    bool any = false;
    for (std::size_t i = 0; i < right.size(); ++i) any |= (chosen >> i & 1) != 0 && right[i];
    passing += any;
  }
  return static_cast<double>(passing) / draws;
}

TEST(SamplesTest, PassIsTheShareOfAllDrawsThatHoldARightAnswer) {
  const std::vector<std::string> samples{"4", "5", "6", " 4", "7", "8"};
  const std::vector<bool> right{true, false, false, true, false, false};
  for (std::size_t k = 1; k <= 6; ++k) {
    EXPECT_NEAR(values_of("samples", {{"k", {k}}}, {row("4", samples)})[0], pass_by_counting(right, k), 1e-12) << k;
  }
}

TEST(SamplesTest, TheMajorityIsOfTheFirstAnswersAndTiesGoToTheEarlier) {
  const Json ks{{"k", {1, 3, 4}}};
  EXPECT_THAT(values_of("samples", ks, {row("b", {"a", "b", "b", "a"})}), ElementsAre(0.5, 1, 1, 0, 1, 0));
  EXPECT_THAT(values_of("samples", {{"k", {3}}}, {row("b", {"", "", "b"})}),
              ElementsAre(1, 1));  // unread answers have no vote
}

TEST(SamplesTest, FewerAnswersThanAskedForAreRefused) {
  try {
    values_of("samples", {{"k", {1, 5}}}, {row("a", {"a", "b"})});
    FAIL();
  } catch (const BadInput& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("example 1 has 2 samples, and pass@5 needs 5 or more: ask with self_consistency"));
  }
}

TEST(ConsistencyTest, IsTheShareOfPairsThatAgree) {
  // Votes 3 and 1 of 4: 6 of 12 ordered pairs.
  EXPECT_THAT(values_of("consistency", {}, {row("x", {"a", "a", "b", "a "})}),
              ElementsAre(DoubleNear(0.5, 1e-12), 0.75, 2));
  EXPECT_THAT(values_of("consistency", {}, {row("x", {"a", "a"})}), ElementsAre(1, 1, 1));
  EXPECT_THAT(values_of("consistency", {}, {row("x", {"", ""})}), ElementsAre(0, 0, 0));
  EXPECT_THAT(values_of("consistency", {{"normalize", "lower"}}, {row("x", {"Yes", "yes"})}), ElementsAre(1, 1, 1));
}

TEST(ConsistencyTest, OneAnswerAgreesWithNothing) {
  EXPECT_THROW(values_of("consistency", {}, {row("x", {"a"})}), BadInput);
  EXPECT_THROW(values_of("consistency", {}, {{"x", "a"}}), BadInput);
}

TEST(DiversityTest, CountsDifferentNgramsWithinEachAnswer) {
  // "a b a b a": distinct 2 of 5 and 2 of 4; "c d": 2 of 2 and 1 of 1.
  EXPECT_THAT(values_of("diversity", {{"repeated", 3}}, {{"", "a b a b a"}, {"", "c d"}}),
              ElementsAre(DoubleNear(4.0 / 7, 1e-12), DoubleNear(3.0 / 5, 1e-12), DoubleNear(1.0 / 3, 1e-12)));
}

TEST(DiversityTest, WithoutNgramsItIsUndefined) {
  for (const double value : values_of("diversity", {}, {{"", ""}})) EXPECT_TRUE(std::isnan(value));
}

TEST(LengthRatioTest, IsOfSumsByTheClosestReference) {
  Row one{"", "a b c"};
  one.references = {"x", "u v w x y", "p q r s"};
  EXPECT_THAT(values_of("length_ratio", {}, {one, {"a b", ""}}), ElementsAre(DoubleNear(3.0 / 6, 1e-12), 1.5));
  EXPECT_THAT(values_of("length_ratio", {{"unit", "characters"}}, {{"\u00e9\u00e9", "\u00e9"}}), ElementsAre(0.5, 1));
  EXPECT_TRUE(std::isnan(values_of("length_ratio", {}, {{"", "a"}})[0]));
}

}  // namespace
}  // namespace assay
