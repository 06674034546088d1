#include <gtest/gtest.h>

#include "scoring.h"

namespace assay {
namespace {

using test::scored;
using test::values_of;

double ter(const std::string& answer, const std::string& reference, const Json& params = Json::object()) {
  return values_of("ter", params, {{reference, answer}}).at(0);
}

// sacreBLEU's test/test_ter.py.
TEST(TerTest, EqualsSacreBleusPublishedScores) {
  EXPECT_EQ(ter("aaaa bbbb cccc dddd", "aaaa bbbb cccc dddd"), 0);
  EXPECT_EQ(ter("dddd eeee ffff", "aaaa bbbb cccc"), 100);
  EXPECT_EQ(ter("d e f g h a b c", "a b c d e f g h"), 100.0 / 8);
}

// Its corner cases: an empty answer misses all, an empty reference makes any answer all wrong, two empty texts agree.
TEST(TerTest, EmptyTextsFollowSacreBleusConvention) {
  EXPECT_EQ(ter("", "a"), 100);
  EXPECT_EQ(ter("a", ""), 100);
  EXPECT_EQ(ter("", ""), 0);
}

TEST(TerTest, TheReferenceWithTheFewestEditsCountsAndTheirMeanLength) {
  test::Row row{"a b", "a b"};
  row.references = {"x y z w", "a b"};
  row.answer = "a c";
  EXPECT_NEAR(values_of("ter", {}, {row}).at(0), 100.0 * 1 / 3, 1e-9);
}

TEST(TerTest, ACorpusIsEditsOverWords) {
  EXPECT_NEAR(values_of("ter", {}, {{"a b c", "a b c"}, {"a", "x"}}).at(0), 25, 1e-9);
}

// Pairs of sacreBLEU's test/test_tokenizer_ter.py: both texts have the same tokens.
TEST(TerTest, TokenisesAsTercomDoes) {
  EXPECT_EQ(ter("A B C D.", "a b c d."), 0);
  EXPECT_EQ(ter("A B C D.", "a b c d.", {{"case_sensitive", true}}), 100);
  EXPECT_EQ(ter("A ; B ) C : D.", "a b c d", {{"no_punct", true}}), 0);
  EXPECT_EQ(ter("a b (c) d.", "a b ( c ) d .", {{"normalized", true}}), 0);
  EXPECT_EQ(ter("Jim's car.", "jim 's car .", {{"normalized", true}}), 0);
  EXPECT_EQ(ter("4.2", "4.2", {{"normalized", true}}), 0);
  const Json asian{{"normalized", true}, {"asian_support", true}};
  EXPECT_EQ(ter("\u7f8e\u4f17\u9662", "\u7f8e \u4f17 \u9662", asian), 0);
  EXPECT_EQ(ter("\u308a\u306e\u62f3\u9283", "\u308a\u306e \u62f3 \u9283", asian), 0);
}

TEST(TerTest, SaysHowItWasComputedAsSacreBleuDoes) {
  EXPECT_EQ(scored("ter", {}, {{"a", "a"}}).signature(),
            "nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:2.x");
  EXPECT_EQ(scored("ter", {{"normalized", true}, {"no_punct", true}, {"asian_support", true}, {"case_sensitive", true}},
                   {{"a", "a"}})
                .signature(),
            "nrefs:1|case:mixed|tok:tercom|norm:yes|punct:no|asian:yes|version:2.x");
}

}  // namespace
}  // namespace assay
