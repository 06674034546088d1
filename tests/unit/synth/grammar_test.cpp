#include "pretrain/grammar.h"

#include <assay/sdk/error.h>
#include <gmock/gmock.h>

#include <fstream>

#include "world.h"

namespace assay::synth {
namespace {

class GrammarTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Grammar grammar(const std::string& text) {
    std::ofstream(folder_ / "rules.txt") << text;
    return Grammar(folder_, {"rules.txt"}, lexicon_);
  }

  std::filesystem::path folder_;
  Lexicon lexicon_ = Lexicon::load(testing::words_folder());
  Rng rng_{1, "test", 0};
};

TEST_F(GrammarTest, PutsTheCallersWordWhereTheRuleNamesIt) {
  EXPECT_EQ(grammar("s:\n  see a {n} and {n}\n").say("s", rng_, {{"n", "oak"}}), "see an oak and oak");
}

TEST_F(GrammarTest, DrawsEveryPartOfAChoice) {
  const auto g = grammar("s:\n  (red|blue (sky|sea)|) end\n");
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) seen.insert(g.say("s", rng_));
  EXPECT_THAT(seen, ::testing::ElementsAre("blue sea end", "blue sky end", "end", "red end"));
}

TEST_F(GrammarTest, FollowsRulesAndWordLists) {
  const auto text = grammar("s:\n  {t} !\nt:\n  hello {letter}\n").say("s", rng_);
  EXPECT_THAT(text, ::testing::MatchesRegex("hello [a-z] !"));
}

TEST_F(GrammarTest, RefusesMalformedRules) {
  EXPECT_THROW(grammar("s:\n  (red|blue\n"), BadInput);
  EXPECT_THROW(grammar("s:\n  {n\n"), BadInput);
  EXPECT_THROW(grammar("  stray\n"), BadInput);
  EXPECT_THROW(grammar("s:\n  a\ns:\n  b\n"), BadInput);
  EXPECT_THROW(grammar("s:\n"), BadInput);
  EXPECT_THROW(grammar("s:\n  {nowhere}\n").say("s", rng_), BadInput);
  EXPECT_THROW(grammar("s:\n  a\n").say("t", rng_), BadInput);
}

}  // namespace
}  // namespace assay::synth
