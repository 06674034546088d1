#include <gmock/gmock.h>

#include <cmath>

#include "../../../plugins/strategies/prompt_optimizer/instructions.h"
#include "../../../plugins/strategies/prompt_optimizer/library_prompt.h"
#include "../../../plugins/strategies/prompt_optimizer/search.h"
#include "../../../plugins/strategies/prompt_optimizer/shot_sets.h"
#include "assay/sdk/error.h"
#include "assay/sdk/random.h"
#include "unit/plugins/loading.h"
#include "unit/run/fake_model.h"

namespace prompt_optimizer {
namespace {

using assay::Json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using namespace assay::sdk;

/// Each prompt answers a row right with a chance of its own; a row asked costs ten tokens.
class Planted final : public AdaptContext {
 public:
  std::function<double(const Json& state)> chance = [](const Json&) { return 0.5; };
  std::int64_t budget = 1'000'000'000;
  std::int64_t spent = 0;
  std::vector<std::string> lines;
  assay::testing::FakeModel fake;
  std::filesystem::path folder = std::filesystem::temp_directory_path();

  LanguageModel* model() override { return &fake; }
  std::uint64_t seed() const override { return 3; }
  std::string instruction() const override { return "in use"; }
  bool stop_requested() const override { return false; }
  std::filesystem::path directory() const override { return folder; }
  std::int64_t tokens_spent() const override { return spent; }
  void log(const std::string& line) override { lines.push_back(line); }
  std::optional<Attempt> attempt(const Json& state, std::span<const Example* const> rows) override {
    const auto cost = static_cast<std::int64_t>(10 * rows.size());
    if (spent + cost > budget) return std::nullopt;
    spent += cost;
    Attempt made;
    for (const Example* row : rows) {
      Random draw(7, state.dump(), row->input.index);
      made.scores.push_back(draw.uniform() < chance(state) ? 1.0 : 0.0);
      made.answers.push_back({row->target, {{"reasoning", "first this. So it is " + row->target}}});
    }
    return made;
  }
};

std::vector<Example> some_rows(std::size_t count) {
  std::vector<Example> rows(count);
  for (std::size_t i = 0; i < count; ++i) {
    rows[i].input.index = i;
    rows[i].input.text = "question " + std::to_string(i);
    rows[i].target = "answer " + std::to_string(i);
  }
  return rows;
}

std::vector<const Example*> pointers(const std::vector<Example>& rows) {
  std::vector<const Example*> all;
  for (const Example& row : rows) all.push_back(&row);
  return all;
}

std::vector<Prompt> thirty() {
  std::vector<Prompt> prompts;
  for (int i = 0; i < 30; ++i) prompts.push_back({"instruction " + std::to_string(i), {}, "listed"});
  return prompts;
}

TEST(SearchTest, FindsThePlantedOneOfThirtyForLessThanHalfOfTryingAll) {
  const std::vector<Example> rows = some_rows(100);
  for (int good = 0; good < 30; ++good) {
    Planted context;
    context.chance = [good](const Json& state) {
      return state["instruction"] == "instruction " + std::to_string(good) ? 0.9 : 0.4;
    };
    Search search(context, pointers(rows), {});
    EXPECT_EQ(search.best_of(thirty(), "instructions").instruction, "instruction " + std::to_string(good));
    EXPECT_LE(context.spent, 30 * 100 * 10 / 2);
  }
}

TEST(SearchTest, OfEqualsTheFirstStays) {
  Planted context;
  context.chance = [](const Json&) { return 1.0; };
  const std::vector<Example> rows = some_rows(20);
  Search search(context, pointers(rows), {});
  EXPECT_EQ(search.best_of(thirty(), "instructions").instruction, "instruction 0");
}

TEST(SearchTest, WhatIsClearlyBehindGoesBeforeItsHalf) {
  Planted context;
  context.chance = [](const Json& state) { return state["instruction"] == "instruction 4" ? 1.0 : 0.0; };
  const std::vector<Example> rows = some_rows(200);
  Search search(context, pointers(rows), {});
  EXPECT_EQ(search.best_of(thirty(), "instructions").instruction, "instruction 4");
  EXPECT_EQ(context.spent, 30 * 25 * 10) << "one round of 25 rows tells them apart";
}

TEST(SearchTest, WhereTheBudgetEndsTheBestOfTheLastWholeRoundIsTaken) {
  Planted context;
  context.chance = [](const Json& state) { return state["instruction"] == "instruction 4" ? 0.9 : 0.6; };
  const std::vector<Example> rows = some_rows(100);
  Search whole(context, pointers(rows), {});
  whole.best_of(thirty(), "instructions");
  const auto all = context.spent;
  for (std::int64_t budget = 0; budget < all; budget += all / 17) {
    Planted tight;
    tight.chance = context.chance;
    tight.budget = budget;
    Search search(tight, pointers(rows), {});
    const Prompt best = search.best_of(thirty(), "instructions");
    EXPECT_TRUE(search.spent());
    EXPECT_LE(tight.spent, budget);
    if (budget < 30 * 12 * 10) {
      EXPECT_EQ(best.instruction, "instruction 0") << "no round was finished";
    }
  }
  Planted few;
  Search search(few, pointers(rows), {.trials = 10});
  search.best_of(thirty(), "instructions");
  EXPECT_TRUE(search.spent());
  EXPECT_EQ(few.spent, 10 * 12 * 10);
}

TEST(SearchTest, DifferencesAreTakenInPairs) {
  const std::vector<double> a{1, 0, 1, 1}, b{0, 0, 1, 0};
  EXPECT_DOUBLE_EQ(paired(a, b, 4).mean, 0.5);
  EXPECT_DOUBLE_EQ(paired(a, b, 4).error, std::sqrt(1.0 / 3 / 4));  // differences 1 0 0 1: variance 1/3
  EXPECT_TRUE(std::isinf(paired(a, b, 1).error));
}

TEST(InstructionsTest, SlotsAreFilledWithEachValueAndValuesAreNotReadAgain) {
  const Json slots = {{"template", "{verb} the {what}"},
                      {"values", {{"verb", {"name", "{what}"}}, {"what", {"desk"}}}}};
  EXPECT_THAT(fill_slots(slots, 10, 1), ElementsAre("name the desk", "{what} the desk"));
  EXPECT_THAT(fill_slots(slots, 1, 1), SizeIs(1));
  EXPECT_EQ(fill_slots(slots, 1, 1), fill_slots(slots, 1, 1));
  EXPECT_THROW(fill_slots({{"template", "name it"}, {"values", {{"verb", {"name"}}}}}, 10, 1), assay::BadInput);
}

TEST(InstructionsTest, TheModelIsShownExamplesAndTheBestSoFar) {
  const std::vector<Example> rows = some_rows(4);
  const Proposer proposer({{"count", 3}, {"rounds", 2}, {"examples", 2}}, pointers(rows), "in use");
  const std::vector<Search::Scored> so_far{
      {{"good one", {}, ""}, 0.75, 10}, {{std::nullopt, {}, ""}, 0.5, 10}, {{"untried", {}, ""}, 0, 0}};
  const std::string question = proposer.question(1, so_far, 1);
  EXPECT_THAT(question, AllOf(HasSubstr("Input: question"), HasSubstr("Output: answer"), HasSubstr("in use: in use"),
                              HasSubstr("score of 0.5: in use\nTried, with a score of 0.75: good one")));
  EXPECT_THAT(question, ::testing::Not(HasSubstr("untried")));
  Planted context;
  context.fake.reply = [](const Request& request) {
    Completion completion;
    for (int i = 0; i < std::get<Generate>(request.what).samples; ++i) {
      completion.samples.push_back({i < 2 ? " \"Name the desk.\"\nBecause" : "\n", "stop", {}});
    }
    return completion;
  };
  EXPECT_THAT(proposer.propose(context, 0, {}), ElementsAre("Name the desk."));
}

TEST(ShotSetsTest, RowsThatTheModelAnswersRightBecomeExamplesWithItsSteps) {
  Planted context;
  context.chance = [](const Json&) { return 0.5; };
  const std::vector<Example> rows = some_rows(40);
  const ShotSets sets({{"count", 2}, {"sets", 4}, {"bootstrap_rows", 40}}, rows);
  const std::vector<Prompt> prompts = sets.around({"do it", {}, "listed"}, context);
  ASSERT_THAT(prompts, SizeIs(5));
  EXPECT_THAT(prompts[0].shots, SizeIs(0));
  EXPECT_EQ(prompts[1].shots.at(0).rationale, "first this.");
  EXPECT_EQ(prompts[2].shots.at(0).rationale, "") << "labelled rows have what the data has";
  EXPECT_EQ(steps_before("a. b\nso 12 ; 12", "12"), "a. b\nso 12 ;");
  EXPECT_EQ(steps_before("12", "12"), "");
}

TEST(PromptOptimizerTest, InstructionAndExamplesAreFoundAndPutIntoThePrompt) {
  Planted context;
  context.chance = [](const Json& state) {
    return (state["instruction"] == "the good one" ? 0.6 : 0.3) + (state["shots"].empty() ? 0 : 0.3);
  };
  const auto strategy =
      assay::test::built_in("prompt_optimizer")
          .strategy(Params(Json{{"instructions", {"bad", "the good one"}}, {"shots", {{"count", 2}}}}));
  const std::vector<Example> rows = some_rows(200);
  const Json state = strategy->adapt(rows, rows, context).value();
  EXPECT_EQ(state["instruction"], "the good one");
  EXPECT_THAT(state["shots"], SizeIs(2));
  PromptDraft draft;
  draft.instruction = "in use";
  Input input;
  input.text = state["shots"][0]["input"];
  PromptContext at;
  at.state = &state;
  strategy->compose(input, draft, at);
  EXPECT_EQ(draft.instruction, "the good one");
  EXPECT_THAT(draft.shots, SizeIs(1)) << "a question is not shown with its answer";
  EXPECT_THROW(strategy->adapt(rows, {}, context), assay::BadInput);
}

TEST(LibraryPromptTest, TextsThatAreTemplatesAreQuoted) {
  const std::string text =
      library_prompt({"Fill {{ it }} in", {{"{% if %}", "yes", ""}, {"plain", "no", "because."}}, ""}, "in use",
                     "found", "Found: so.");
  EXPECT_THAT(text, AllOf(HasSubstr("{{ \"Fill {{ it }} in\" }}\n"), HasSubstr("{{ \"{% if %}\" }}\nAnswer: yes\n"),
                          HasSubstr("plain\nAnswer: because. So the answer is no\n"),
                          HasSubstr("description: \"Found: so.\"\n")));
}

}  // namespace
}  // namespace prompt_optimizer
