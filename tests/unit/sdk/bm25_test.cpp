#include "assay/sdk/bm25.h"

#include <gmock/gmock.h>

#include <cmath>

#include "assay/sdk/error.h"
#include "unit/data/folder_fixture.h"
#include "unit/sdk/bm25_reference.h"

namespace assay::sdk {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Bm25Test : public assay::testing::FolderFixture {};

Bm25 index_of(const std::vector<std::string>& texts, Bm25::Parameters parameters = {}) {
  Bm25 index(parameters);
  for (const std::string& text : texts) index.add(text);
  return index;
}

TEST(WordsTest, AreFoldedRunsOfLettersAndDigits) {
  EXPECT_THAT(words("Don't panic: COVID-19 {{ x }}\n"), ElementsAre("don", "t", "panic", "covid", "19", "x"));
  EXPECT_THAT(words(" \t--"), IsEmpty());
}

TEST(WordsTest, BeyondAsciiLettersStayAndPunctuationParts) {
  EXPECT_THAT(words("Čaj – ÜBER «ΓΆΤΑ» “Привет” 日本。語"), ElementsAre("Čaj", "über", "γΆτα", "привет", "日本", "語"));
  EXPECT_THAT(words("\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d 5µm×2"),
              ElementsAre("\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", "5µm×2"));
}

TEST(WordsTest, BytesThatAreNoUtf8AreKept) {
  EXPECT_THAT(words("a\xff"
                    "b \xe2\x80"),
              ElementsAre("a\xff"
                          "b",
                          "\xe2\x80"));
}

TEST_F(Bm25Test, OneWordScoresByTheFormula) {
  const Bm25 index = index_of({"cat cat dog", "dog", "bird"});
  const double idf = std::log(1 + (3 - 1 + 0.5) / 1.5);
  EXPECT_NEAR(index.scores("cat")[0], idf * 2 / (2 + 1.2 * (0.25 + 0.75 * 3 / (5.0 / 3))), 1e-12);
  EXPECT_EQ(index.scores("cat cat")[0], 2 * index.scores("cat")[0]) << "a word asked twice counts twice";
}

TEST_F(Bm25Test, EqualTextsKeepTheirOrderAndStrangersComeLast) {
  const Bm25 index = index_of({"fish", "red bird", "a red bird", "red bird"});
  const auto ranking = index.rank("red", 10);
  std::vector<std::size_t> positions;
  for (const Ranked& one : ranking) positions.push_back(one.position);
  EXPECT_THAT(positions, ElementsAre(1, 3, 2, 0));
  EXPECT_EQ(ranking.back().score, 0);
}

TEST_F(Bm25Test, ScoresAreTheReferencesWhateverTheTextsHold) {
  std::vector<std::string> texts{"{{ braces }} and {% raw %}",
                                 "quotes \" ' \\ and\nnewlines",
                                 "שלום עולם",
                                 "",
                                 "naïve Résumé – “Ünï”",
                                 "the the the cat",
                                 "cat " + std::string(100 * 1024, 'x'),
                                 "Ёлка и ёж",
                                 "ΑΒΓ αβγ"};
  const std::vector<std::string> queries{"the cat", "{{ RAW }}", "עולם",         "NAÏVE résumé ünï",
                                         "ёлка ЁЖ", "αβγ",       "nothing here", ""};
  for (const Bm25::Parameters parameters : {Bm25::Parameters{}, Bm25::Parameters{0, 0}, Bm25::Parameters{2, 1}}) {
    assay::testing::expect_reference_rankings(index_of(texts, parameters), texts, queries, parameters,
                                              folder_.string());
  }
}

TEST_F(Bm25Test, ASavedIndexAnswersTheSameAndIsTheSameFile) {
  const Bm25 index = index_of({"the cat sat", "the dog", "", "a dog and a cat"});
  const auto first = folder_ / "a.index", second = folder_ / "b.index";
  index.save(first);
  const Bm25 again = Bm25::load(first, {});
  EXPECT_EQ(again.rank("a dog", 4), index.rank("a dog", 4));
  again.save(second);
  EXPECT_EQ(std::filesystem::file_size(first), std::filesystem::file_size(second));
}

TEST_F(Bm25Test, ATornIndexIsFoundOutWhereverItIsCut) {
  const auto file = folder_ / "a.index";
  index_of({"the cat sat", "the dog"}).save(file);
  for (auto size = std::filesystem::file_size(file); size-- > 0;) {
    std::filesystem::resize_file(file, size);
    EXPECT_THROW(Bm25::load(file, {}), Corrupted) << size;
  }
}

TEST(ReciprocalRankFusionTest, SumsReciprocalRanks) {
  const std::vector<std::vector<Ranked>> rankings{{{7, 9.0}, {3, 8.0}}, {{3, 0.9}, {5, 0.8}}};
  const auto fused = reciprocal_rank_fusion(rankings, 10);
  ASSERT_EQ(fused.size(), 3);
  EXPECT_EQ(fused[0], (Ranked{3, 1.0 / 62 + 1.0 / 61}));
  EXPECT_EQ(fused[1], (Ranked{7, 1.0 / 61}));
  EXPECT_EQ(fused[2], (Ranked{5, 1.0 / 62}));
}

}  // namespace
}  // namespace assay::sdk
