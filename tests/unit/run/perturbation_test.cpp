#include "run/perturbation.h"

#include <gmock/gmock.h>

#include <set>

namespace assay::run {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

sdk::Input input(const std::string& text, const std::string& id = "r1") {
  return {id, 0, text, {{"text", text}}, {"x", "y", "z"}};
}

std::string text_of(plan::PerturbJob job, const std::string& text) {
  return Perturbation(std::move(job)).put(input(text)).text;
}

TEST(PerturbationTest, WithoutAJobNothingIsChanged) {
  const Perturbation none(std::nullopt);
  EXPECT_FALSE(none.changes_inputs());
  EXPECT_EQ(none.put(input("a  b")).text, "a  b");
  sdk::PromptDraft draft;
  draft.shots = {{"1", "a"}, {"2", "b"}};
  none.arrange(draft);
  EXPECT_EQ(draft.shots[0].input, "1");
}

TEST(PerturbationTest, CaseIsThatOfAllLetters) {
  const auto in = [](const std::string& how) { return text_of({.letter_case = how}, "ÜBER the (old) don't 3rd"); };
  EXPECT_EQ(in("lower"), "über the (old) don't 3rd");
  EXPECT_EQ(in("upper"), "ÜBER THE (OLD) DON'T 3RD");
  EXPECT_EQ(in("title"), "Über The (Old) Don't 3rd");
}

TEST(PerturbationTest, WhitespaceIsDoubledCollapsedOrTrails) {
  const std::string text = " one  two\n\tthree ";
  EXPECT_EQ(text_of({.whitespace = "doubled"}, text), "  one    two\n\tthree  ");
  EXPECT_EQ(text_of({.whitespace = "collapsed"}, text), "one two three");
  EXPECT_EQ(text_of({.whitespace = "trailing"}, "one"), "one ");
}

TEST(PerturbationTest, ChangesOfOneVariantComeTogether) {
  EXPECT_EQ(text_of({.whitespace = "doubled", .letter_case = "upper"}, "one two"), "ONE  TWO");
}

TEST(PerturbationTest, OnlyTheTextAndTheOrderOfChoicesChange) {
  const sdk::Input put =
      Perturbation(plan::PerturbJob{.choices = "reversed", .letter_case = "upper"}).put(input("one"));
  EXPECT_EQ(put.id, "r1");
  EXPECT_EQ(put.fields["text"], "one") << "what a prompt reads from the row itself is not reached";
  EXPECT_THAT(put.choices, ElementsAre("z", "y", "x"));
}

TEST(PerturbationTest, ShuffledIsOneOtherOrderForAllExamplesOfASeed) {
  const std::vector<std::string> before = {"x", "y", "z"};
  std::set<std::vector<std::string>> seen;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Perturbation shuffled(plan::PerturbJob{.choices = "shuffled", .seed = seed});
    const auto choices = shuffled.put(input("one", "r1")).choices;
    EXPECT_THAT(choices, UnorderedElementsAre("x", "y", "z"));
    EXPECT_NE(choices, before);
    EXPECT_EQ(choices, shuffled.put(input("two", "r2")).choices);
    seen.insert(choices);
  }
  EXPECT_EQ(seen.size(), 5U) << "every other order of three";
}

TEST(PerturbationTest, OneChoiceHasOneOrder) {
  sdk::Input one = input("text");
  one.choices = {"x"};
  EXPECT_THAT(Perturbation(plan::PerturbJob{.choices = "shuffled"}).put(one).choices, ElementsAre("x"));
}

TEST(PerturbationTest, ShotsAreArrangedWholly) {
  const auto arranged = [](const std::string& how) {
    sdk::PromptDraft draft;
    for (const char* name : {"1", "2", "3"})
      draft.shots.push_back({name, std::string("t") + name, std::string("r") + name});
    Perturbation(plan::PerturbJob{.shots = how}).arrange(draft);
    std::vector<std::string> inputs;
    for (const sdk::Shot& shot : draft.shots) {
      EXPECT_EQ(shot.target, "t" + shot.input);
      EXPECT_EQ(shot.rationale, "r" + shot.input);
      inputs.push_back(shot.input);
    }
    return inputs;
  };
  EXPECT_THAT(arranged(""), ElementsAre("1", "2", "3"));
  EXPECT_THAT(arranged("reversed"), ElementsAre("3", "2", "1"));
  EXPECT_NE(arranged("shuffled"), arranged(""));
}

TEST(PerturbationTest, InvalidBytesAreMadeValidBeforeAnythingIsChanged) {
  EXPECT_EQ(text_of({.letter_case = "upper"}, "a\xff"), "A\uFFFD");
}

}  // namespace
}  // namespace assay::run
