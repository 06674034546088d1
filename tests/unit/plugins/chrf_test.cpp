#include <gtest/gtest.h>

#include "scoring.h"

namespace assay {
namespace {

using test::scored;
using test::values_of;

double chrf(const Json& params, const std::string& answer, const std::string& reference) {
  return values_of("chrf", params, {{reference, answer}}).at(0);
}

const Json kSmoothed{{"beta", 3}, {"eps_smoothing", true}};

// sacreBLEU's test/test_chrf.py, test_cases: as chrF++.py and NLTK smooth.
TEST(ChrfTest, EqualsSacreBleusPublishedScoresWithSmoothing) {
  EXPECT_EQ(chrf(kSmoothed, "abcdefg", "hijklmnop"), 0);
  EXPECT_EQ(chrf(kSmoothed, "", "reference"), 0);
  EXPECT_NEAR(chrf(kSmoothed, "aa", "ab"), 8.3333, 1e-4);
  EXPECT_NEAR(chrf(kSmoothed, "a", "a"), 16.6667, 1e-4);
  EXPECT_NEAR(chrf(kSmoothed, "a b c", "abc"), 50, 1e-9);
  EXPECT_NEAR(chrf(kSmoothed,
                   " risk assessment must be made of those who are qualified and expertise in the sector - these are "
                   "the scientists .",
                   "risk assessment has to be undertaken by those who are qualified and expert in that area - that is "
                   "the scientists ."),
              63.361730, 1e-4);
  EXPECT_NEAR(chrf(kSmoothed, " Die    Beziehung zwischen  Obama und Netanjahu ist nicht gerade  freundlich. ",
                   "Das Verhältnis zwischen Obama und Netanyahu ist nicht gerade freundschaftlich."),
              64.1302698, 1e-4);
}

// The same file's test_cases_effective_order and test_cases_keep_whitespace.
TEST(ChrfTest, EqualsSacreBleusPublishedScoresWithEffectiveOrder) {
  EXPECT_NEAR(chrf({{"beta", 3}}, "a", "a"), 100, 1e-9);
  EXPECT_NEAR(chrf({{"beta", 3}}, "aa", "ab"), 25, 1e-9);
  EXPECT_NEAR(chrf({{"beta", 3}}, "a b c", "abc"), 100, 1e-9);
  EXPECT_NEAR(chrf({{"beta", 3}, {"whitespace", true}},
                   "Die Beziehung zwischen Obama und Netanjahu ist nicht gerade freundlich.",
                   "Das Verhältnis zwischen Obama und Netanyahu ist nicht gerade freundschaftlich."),
              67.3481606, 1e-4);
  EXPECT_NEAR(values_of("chrf", {{"beta", 3}}, {{"a", "a"}, {"c", "b"}}).at(0), 50, 1e-9);
}

TEST(ChrfTest, TheBestReferenceCounts) {
  test::Row row{"nothing like it", "the cat sat"};
  row.references = {"nothing like it", "the cat sat", "a dog"};
  EXPECT_NEAR(values_of("chrf", {{"word_order", 2}}, {row}).at(0), 100, 1e-9);
}

TEST(ChrfTest, AnOrderThatTheReferenceIsTooShortForIsLeftOut) {
  // Orders 1 and 2 alone: precisions 2/4 and 1/3, recalls 1, so F2 of 5/12 and 1.
  EXPECT_NEAR(chrf({}, "abcd", "ab"), 100 * 5 * (5.0 / 12) / (4 * (5.0 / 12) + 1), 1e-9);
}

TEST(ChrfTest, WordsLoseTheirPunctuation) {
  // "cat" and "." are words of both; "(hi" keeps its bracket since only one end is split.
  const Json words{{"char_order", 1}, {"word_order", 1}};
  const auto one = scored("chrf", words, {{"the cat .", "the cat."}, {"( hi )", "(hi)"}});
  EXPECT_EQ(one.data[3], 3);  // words of the first answer
  EXPECT_EQ(one.data[5], 3);  // of which so many match
  EXPECT_EQ(one.data[7 + 3], 2);
  EXPECT_EQ(one.data[7 + 5], 1);
}

TEST(ChrfTest, SaysHowItWasComputedAsSacreBleuDoes) {
  EXPECT_EQ(scored("chrf", {{"word_order", 2}, {"lowercase", true}}, {{"a", "a"}}).signature(),
            "nrefs:1|case:lc|eff:yes|nc:6|nw:2|space:no|version:2.x");
  EXPECT_EQ(scored("chrf", {{"beta", 3}, {"eps_smoothing", true}, {"whitespace", true}}, {{"a", "a"}}).signature(),
            "nrefs:1|case:mixed|eff:no|nc:6|nw:0|space:yes|beta:3.0|version:2.x");
}

}  // namespace
}  // namespace assay
