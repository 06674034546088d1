#include <gtest/gtest.h>

#include <cmath>

#include "scoring.h"

namespace assay {
namespace {

using test::Row;
using test::scored;
using test::values_of;

Row row(const std::string& answer, std::vector<std::string> references) {
  Row one{references.front(), answer};
  one.references = std::move(references);
  return one;
}

double bleu(const Json& params, const std::vector<Row>& rows) { return values_of("bleu", params, rows).at(0); }

/// The three segments of sacreBLEU's own README and tests.
std::vector<Row> published() {
  return {row("The dog bit the man.", {"The dog bit the man.", "The dog had bit the man."}),
          row("It wasn't surprising.", {"It was not unexpected.", "No one was surprised."}),
          row("The man had just bitten him.", {"The man bit him first.", "The man had bitten the dog."})};
}

// Values of sacreBLEU's test/test_bleu.py, test_corpus_bleu_cases.
TEST(BleuTest, EqualsSacreBleusPublishedScores) {
  EXPECT_NEAR(bleu({}, published()), 48.530827, 1e-6);
  EXPECT_NEAR(bleu({{"tokenize", "13a"}}, published()), 48.530827, 1e-6);
  EXPECT_NEAR(bleu({{"tokenize", "none"}}, published()), 49.1919566, 1e-6);
  EXPECT_NEAR(bleu({{"tokenize", "intl"}}, published()), 43.91623493, 1e-6);
  EXPECT_NEAR(bleu({{"smooth", "none"}}, published()), 48.530827, 1e-6);
}

// The same file's raw_corpus_bleu cases: no tokeniser, floor 0.01, effective order.
TEST(BleuTest, EqualsSacreBleusPublishedScoresOfShortTexts) {
  const Json raw{{"tokenize", "none"}, {"smooth", "floor"}, {"smooth_value", 0.01}, {"effective_order", true}};
  EXPECT_NEAR(bleu(raw, {row("this is a test", {"ref1"}), row("another test", {"ref2"})}), 0, 1e-9);
  EXPECT_NEAR(bleu(raw, {row("this is a test", {"this is a test"})}), 100, 1e-9);
  EXPECT_NEAR(bleu(raw, {row("this is a fest", {"this is a test"})}), 22.3606797749979, 1e-9);
  EXPECT_NEAR(bleu(raw, {row("test", {"a test"})}), 36.78794411714425, 1e-9);
  EXPECT_NEAR(bleu(raw, {row("a test", {"a test"})}), 100, 1e-9);
  EXPECT_NEAR(bleu(raw, {row("a little test", {"a test"})}), 3.218297948685433, 1e-9);
}

TEST(BleuTest, WithoutAnyMatchItIsZeroWhateverTheSmoothing) {
  for (const char* smooth : {"none", "floor", "add-k", "exp"})
    EXPECT_EQ(bleu({{"smooth", smooth}}, {row("", {"a b c d"}), row("x", {"a"})}), 0) << smooth;
}

// Four tokens, two of them right and next to each other: precisions 2/4, 1/3, 0/2, 0/1, lengths equal.
TEST(BleuTest, SmoothingFollowsItsDefinition) {
  const std::vector<Row> rows{row("a b x y", {"a b c d"})};
  const auto mean = [](double p3, double p4) { return 100 * std::pow(2.0 / 4 * 1.0 / 3 * p3 * p4, 0.25); };
  EXPECT_NEAR(bleu({{"smooth", "exp"}}, rows), mean(1.0 / (2 * 2), 1.0 / (4 * 1)), 1e-9);
  EXPECT_NEAR(bleu({{"smooth", "floor"}}, rows), mean(0.1 / 2, 0.1 / 1), 1e-9);
  EXPECT_NEAR(bleu({{"smooth", "add-k"}}, rows), 100 * std::pow(2.0 / 4 * 2.0 / 4 * 1.0 / 3 * 1.0 / 2, 0.25), 1e-9);
  EXPECT_EQ(bleu({{"smooth", "none"}}, rows), 0);
}

TEST(BleuTest, TheClosestReferenceSetsTheLengthTheShorterOfTwo) {
  // Four tokens against three and five: equally close, so the shorter counts and nothing is taken off.
  EXPECT_NEAR(bleu({}, {row("a b c d", {"a b c d e", "a b c"})}), 100, 1e-9);
  EXPECT_NEAR(bleu({}, {row("a b c d", {"a b c d e", "a b c d e f"})}), 100 * std::exp(1 - 5.0 / 4), 1e-9);
}

TEST(BleuTest, ANgramMatchesAsOftenAsInOneReference) {
  // Papineni et al.'s example: seven times "the" against two in one reference.
  const Json unigrams{{"smooth", "none"}, {"effective_order", true}, {"tokenize", "none"}};
  const auto rows = scored(
      "bleu", unigrams, {row("the the the the the the the", {"the cat is on the mat", "there is a cat on the mat"})});
  EXPECT_EQ(rows.data[2], 2);  // matches of one token
  EXPECT_EQ(rows.data[6], 7);  // of so many
}

TEST(BleuTest, TokenisesAsMtevalDoes) {
  // Each pair has the same tokens, so the score is 100 where they fall apart as mteval-v13a lets them.
  for (const auto& [text, tokens] : std::vector<std::pair<std::string, std::string>>{
           {"£20-25, (cheap)!", "£20 - 25 , ( cheap ) !"},
           {"1,000.5 and 3.", "1,000.5 and 3 ."},
           {"A &quot;b&quot; &amp; c&lt;d", "A \" b \" & c < d"},
           {"well-known it's e.g. U.S.", "well-known it's e . g . U . S ."},
           {"a line-\nbreak\nand<skipped> more", "a linebreak and more"}}) {
    const auto answer = scored("bleu", {}, {row(text, {"x"})});
    const auto expected = scored("bleu", {{"tokenize", "none"}}, {row(tokens, {"x"})});
    EXPECT_EQ(answer.data[0], expected.data[0]) << text;
    EXPECT_NEAR(bleu({{"effective_order", true}}, {row(text, {tokens})}), 100, 1e-9) << text;
  }
}

TEST(BleuTest, OtherTokenisersFollowTheirRules) {
  const auto length = [](const char* tokenizer, const std::string& text) {
    return scored("bleu", {{"tokenize", tokenizer}}, {row(text, {"x"})}).data[0];
  };
  EXPECT_EQ(length("char", "ab c\u00e9"), 4);
  EXPECT_EQ(length("zh", "\u6211\u7231 you."), 4);
  EXPECT_EQ(length("zh", "a\u2014b"), 3);              // general punctuation is set apart, see is_chinese
  EXPECT_EQ(length("zh", "\U00020000\U00020001"), 1);  // ideographs of plane 2 are not
  EXPECT_EQ(length("intl", "\u00abhi\u00bb 1,000 $5 50\u20ac"), 8);
  EXPECT_EQ(length("intl", "in 1999."), 2);        // mteval-v14 leaves a period after a number at the end
  EXPECT_EQ(length("13a", "a\u00a0b\u3000c"), 3);  // white space as Unicode has it
}

TEST(BleuTest, LowercaseFollowsUnicode) {
  EXPECT_NEAR(bleu({{"lowercase", true}, {"effective_order", true}},
                   {row("CAF\u00c9 \u039f\u03a3", {"caf\u00e9 \u03bf\u03c2"})}),
              100, 1e-9);
  EXPECT_LT(bleu({{"effective_order", true}}, {row("CAF\u00c9", {"caf\u00e9"})}), 1);
}

TEST(BleuTest, SaysHowItWasComputedAsSacreBleuDoes) {
  EXPECT_EQ(scored("bleu", {}, published()).signature(), "nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp|version:2.x");
  EXPECT_EQ(scored("bleu", {{"lowercase", true}, {"tokenize", "intl"}, {"smooth", "floor"}, {"effective_order", true}},
                   {row("a", {"a"}), row("b", {"b", "c", ""})})
                .signature(),
            "nrefs:var|case:lc|eff:yes|tok:intl|smooth:floor[0.10]|version:2.x");
}

TEST(BleuTest, SentenceBleuIsTheMeanOfTheExamplesOwn) {
  const auto values = values_of("bleu", {{"sentence", true}}, published());
  double sum = 0;
  for (const Row& one : published()) sum += bleu({{"effective_order", true}}, {one});
  ASSERT_EQ(values.size(), 2u);
  EXPECT_NEAR(values[0], bleu({}, published()), 1e-12);
  EXPECT_NEAR(values[1], sum / 3, 1e-9);
}

TEST(BleuTest, WeightsCountSegmentsAsOftenAsTheyWereDrawn) {
  const auto three = scored("bleu", {}, published());
  std::vector<Row> drawn = published();
  drawn[0] = drawn[2];
  EXPECT_NEAR(three.values({0, 1, 2}).at(0), bleu({}, drawn), 1e-9);
}

TEST(BleuTest, AnEmptyReferenceIsAReferenceWithoutTokens) {
  EXPECT_EQ(bleu({}, {row("a b", {""})}), 0);
  // The empty one is closer to an answer of one token than three tokens are, so nothing is taken off for length.
  EXPECT_NEAR(bleu({{"effective_order", true}}, {row("a", {"a b c", ""})}), 100, 1e-9);
}

}  // namespace
}  // namespace assay
