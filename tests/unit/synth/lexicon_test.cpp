#include "pretrain/lexicon.h"

#include <assay/sdk/error.h>
#include <gmock/gmock.h>

#include <fstream>

#include "world.h"

namespace assay::synth {
namespace {

using ::testing::HasSubstr;

class TemporaryWords : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::copy(testing::words_folder(), folder_, std::filesystem::copy_options::recursive);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void append(const char* file, const char* line) { std::ofstream(folder_ / file, std::ios::app) << line << '\n'; }

  std::string error_of_loading() {
    try {
      Lexicon::load(folder_);
    } catch (const BadInput& error) {
      return error.what();
    }
    return "no error";
  }

  std::filesystem::path folder_;
};

TEST(Lexicon, HasManyClassesOfWhichSomeAreHeldOut) {
  const auto lexicon = Lexicon::load(testing::words_folder());
  EXPECT_GE(lexicon.classes(Tier::taught).size(), 60U);
  EXPECT_EQ(lexicon.classes(Tier::held_a).size() + lexicon.classes(Tier::held_b).size(), 10U);
  EXPECT_EQ(lexicon.noun_class("bird").plural, "birds");
  EXPECT_FALSE(lexicon.noun_class("metal").countable);
  EXPECT_THROW(lexicon.noun_class("nothing"), BadInput);
  EXPECT_THROW(lexicon.list("nothing"), BadInput);
}

TEST(Lexicon, KeepsHeldOutWordsOutOfItsTaughtLists) {
  const auto lexicon = Lexicon::load(testing::words_folder());
  std::set<std::string> taught;
  for (const auto* list :
       {"name", "adj", "verb", "verbed", "verbs", "noun", "thing", "word", "filler", "place", "kin", "title"})
    taught.insert(lexicon.list(list).begin(), lexicon.list(list).end());
  for (const auto tier : {Tier::held_a, Tier::held_b})
    for (const auto* c : lexicon.classes(tier))
      for (const auto& word : c->words) EXPECT_FALSE(taught.contains(word)) << word;
  for (const auto* list : {"positive_held", "negative_held", "man_held", "woman_held"})
    for (const auto& word : lexicon.list(list)) EXPECT_FALSE(taught.contains(word)) << word;
}

TEST_F(TemporaryWords, AreRefusedWhereAWordStandsInTwoClasses) {
  append("nouns.txt", "robber | robbers | steals ; hides | thief burglar pirate sparrow");
  EXPECT_THAT(error_of_loading(), HasSubstr("'sparrow' already belongs to another class"));
}

TEST_F(TemporaryWords, AreRefusedWithTheLineWhereAFieldIsMissing) {
  append("nouns.txt", "robber | robbers | thief burglar pirate gangster");
  EXPECT_THAT(error_of_loading(), ::testing::ContainsRegex("nouns.txt:[0-9]+: 3 fields"));
}

TEST_F(TemporaryWords, AreRefusedWhereAVerbLacksAForm) {
  append("words.txt", "verbs: run runs");
  EXPECT_THAT(error_of_loading(), HasSubstr("'run runs' has 2 words"));
}

TEST(Plural, FollowsTheSpelling) {
  EXPECT_EQ(plural_of("cherry"), "cherries");
  EXPECT_EQ(plural_of("toy"), "toys");
  EXPECT_EQ(plural_of("box"), "boxes");
  EXPECT_EQ(plural_of("finch"), "finches");
  EXPECT_EQ(plural_of("oak"), "oaks");
}

TEST(Article, FollowsTheSound) {
  EXPECT_EQ(with_article("oak"), "an oak");
  EXPECT_EQ(with_article("bird"), "a bird");
  EXPECT_EQ(with_article("euro"), "a euro");
  EXPECT_EQ(with_article("hour"), "an hour");
}

}  // namespace
}  // namespace assay::synth
