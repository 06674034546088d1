#include "run/context_budget.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "assay/sdk/error.h"
#include "assay/sdk/random.h"
#include "models/local/local_model.h"
#include "run/prompting.h"
#include "text/graphemes.h"
#include "text/unicode.h"
#include "unit/data/folder_fixture.h"
#include "unit/run/fake_model.h"

namespace assay::run {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// Prompts of a fake model, whose tokens are bytes; one token of output.
class ContextBudgetTest : public testing::FolderFixture {
 protected:
  ContextBudgetTest() {
    model_.about.name = "fake";
    draft_.shots = {{"one", "1"}, {"two", "2"}, {"three", "3"}};
    draft_.passages = {{"best passage", "a"}, {"second passage", "b"}};
    draft_.input = "the question";
  }

  sdk::Request render(const sdk::PromptDraft& draft) {
    ++rendered_;
    std::string text;
    for (const sdk::Passage& passage : draft.passages) text += "<" + passage.text + ">";
    for (const sdk::Shot& shot : draft.shots) text += "[" + shot.input + "]";
    sdk::Generate generate{{text + draft.input, {}}, {}};
    generate.settings.max_tokens = 1;
    sdk::Request request;
    request.what = std::move(generate);
    return request;
  }

  /// The prompt that fits a window of so many tokens.
  std::string fitted(std::int64_t window, const std::vector<std::string>& policy) {
    model_.about.context_length = window;
    sdk::Request request = render(draft_);
    rendered_ = 0;
    fitted_ = ContextBudget(policy, model_).fit(request, draft_, [&](const sdk::PromptDraft& draft) {
      return render(draft);
    });
    return std::get<sdk::Generate>(request.what).prompt.text;
  }

  testing::FakeModel model_;
  sdk::PromptDraft draft_;
  Fitted fitted_;
  std::size_t rendered_ = 0;
};

TEST_F(ContextBudgetTest, WhatFitsStaysAsItIs) {
  const std::string whole = "<best passage><second passage>[one][two][three]the question";
  EXPECT_EQ(fitted(static_cast<std::int64_t>(whole.size()) + 1, {"drop_shots"}), whole)
      << "with room for one token of output";
  EXPECT_EQ(fitted_, (Fitted{.prompt_tokens = static_cast<std::int64_t>(whole.size())}));
  EXPECT_EQ(rendered_, 0U);
  EXPECT_EQ(fitted(0, {"drop_shots"}), whole) << "a model that does not tell its window";
}

TEST_F(ContextBudgetTest, ShotsGoFromTheFrontPassagesFromTheBackAndNoMoreThanMust) {
  EXPECT_EQ(fitted(59, {"drop_shots", "drop_passages"}), "<best passage><second passage>[two][three]the question");
  EXPECT_EQ(fitted_, (Fitted{.shots_dropped = 1, .prompt_tokens = 54}));
  EXPECT_EQ(fitted(59, {"drop_passages", "drop_shots"}), "<best passage>[one][two][three]the question");
  EXPECT_EQ(fitted_, (Fitted{.passages_dropped = 1, .prompt_tokens = 43}));
}

TEST_F(ContextBudgetTest, ALaterStepTakesOnlyWhatAllOfTheEarlierOnesLeave) {
  EXPECT_EQ(fitted(30, {"drop_shots", "drop_passages"}), "<best passage>the question");
  EXPECT_EQ(fitted_, (Fitted{.shots_dropped = 3, .passages_dropped = 1, .prompt_tokens = 26}));
  EXPECT_EQ(fitted(10, {"drop_shots", "drop_passages", "truncate_tail"}), "the quest");
  EXPECT_EQ(fitted_, (Fitted{.shots_dropped = 3, .passages_dropped = 2, .input_tokens_cut = 3, .prompt_tokens = 9}));
}

TEST_F(ContextBudgetTest, TheInputIsCutWhereThePolicySays) {
  draft_.shots.clear(), draft_.passages.clear();
  draft_.input = "abcdefghijklmnop";
  EXPECT_EQ(fitted(11, {"truncate_head"}), "ghijklmnop");
  EXPECT_EQ(fitted(11, {"truncate_tail"}), "abcdefghij");
  EXPECT_EQ(fitted(11, {"truncate_middle"}), "abc … op") << "the seam takes five bytes";
}

TEST_F(ContextBudgetTest, CharactersAsPeopleSeeThemStayWhole) {
  draft_.shots.clear(), draft_.passages.clear();
  draft_.input = "ab👩‍👩‍👧e\u0301\u0301🇩🇪";
  for (std::int64_t window = 3; window < static_cast<std::int64_t>(draft_.input.size()) + 1; ++window) {
    const std::string text = fitted(window, {"truncate_tail"});
    const std::vector<std::string> allowed{"ab", "ab👩‍👩‍👧", "ab👩‍👩‍👧e\u0301\u0301"};
    EXPECT_THAT(allowed, ::testing::Contains(text)) << window;
  }
}

TEST_F(ContextBudgetTest, SpecialTokensStayWhole) {
  model_.about.special_tokens = {"<|end|>", "<|end|><|more|>"};
  EXPECT_THAT(places_to_cut("a<|end|>b", model_.about.special_tokens), ElementsAre(1, 8, 9));
  EXPECT_THAT(places_to_cut("<|end|><|more|>", model_.about.special_tokens), ElementsAre(15));
  EXPECT_THAT(places_to_cut("", model_.about.special_tokens), SizeIs(0));
  draft_.shots.clear(), draft_.passages.clear();
  draft_.input = "hello <|end|>x";
  EXPECT_EQ(fitted(13, {"truncate_tail"}), "hello ");
  EXPECT_EQ(fitted(8, {"truncate_head"}), "x");
}

TEST_F(ContextBudgetTest, WhatDoesNotShortenThePromptIsKept) {
  draft_.input = "a long question";
  const auto render = [&](const sdk::PromptDraft& draft) {
    sdk::PromptDraft shown = draft;
    shown.shots.clear();  // a template without examples
    return this->render(shown);
  };
  model_.about.context_length = 32;
  sdk::Request request = render(draft_);
  const Fitted fitted = ContextBudget({"drop_shots", "drop_passages"}, model_).fit(request, draft_, render);
  EXPECT_EQ(fitted.shots_dropped, 0U);
  EXPECT_EQ(fitted.passages_dropped, 1U);
}

TEST_F(ContextBudgetTest, WhatCannotBeMadeToFitIsRefusedWithWhatWasTried) {
  const std::string nothing = error_of([&] { fitted(20, {}); });
  EXPECT_THAT(
      nothing,
      HasSubstr("the prompt has 59 tokens and up to 1 may be written after it, but the window of model 'fake' has 20"));
  EXPECT_THAT(nothing, HasSubstr("`prompt.fit`"));
  EXPECT_THAT(error_of([&] {
                fitted(5, {"drop_shots", "drop_passages"});
              }),
              HasSubstr("the prompt has 12 tokens after drop_shots, drop_passages"));
  EXPECT_THAT(error_of([&] { fitted(1, {"truncate_tail"}); }), HasSubstr("48 tokens after truncate_tail"))
      << "the question is never cut to nothing";
}

TEST_F(ContextBudgetTest, SizesAreFoundByHalves) {
  draft_.shots.assign(1000, {"a shot", "x"});
  fitted(100, {"drop_shots"});
  EXPECT_LE(rendered_, 12U) << "log2 of 1000 and two";
  draft_.shots.clear();
  draft_.input.assign(100'000, 'x');
  fitted(100, {"truncate_middle"});
  EXPECT_LE(rendered_, 19U);
}

/// What the budget promises, over drafts drawn at random, with a real tokenizer and the engine's own prompts.
TEST_F(ContextBudgetTest, ItsPromisesHoldForDraftsDrawnAtRandom) {
  const models::LocalModel model(std::filesystem::path(ASSAY_SOURCE_DIR) / "experiments/models/nano");
  ASSERT_FALSE(model.info().special_tokens.empty());
  const Prompter prompter(plan::PromptJob{"", " {{ target }}\n"}, model);
  const std::vector<std::string> words{"desk",
                                       "no light",
                                       " ",
                                       "\n",
                                       "{{ x }}",
                                       "{% if %}",
                                       "e\u0301",
                                       "🇩🇪",
                                       "👩‍👩‍👧",
                                       "שלום",
                                       "\u202Eabc",
                                       "日本",
                                       model.info().special_tokens.front(),
                                       "\"'\\"};
  const std::vector<std::vector<std::string>> policies{{},
                                                       {"drop_shots"},
                                                       {"drop_passages", "drop_shots"},
                                                       {"drop_shots", "drop_passages", "truncate_middle"},
                                                       {"drop_passages", "truncate_head"},
                                                       {"truncate_tail"},
                                                       {"drop_shots", "truncate_middle"}};
  std::size_t refused = 0, cut = 0, whole = 0;
  for (std::uint64_t round = 0; round < 400; ++round) {
    sdk::Random random(round, "budget");
    const auto text = [&](std::size_t longest) {
      std::string drawn;
      for (std::size_t n = random.below(longest); n-- > 0;) drawn += words[random.below(words.size())];
      return drawn + "z";
    };
    sdk::PromptDraft draft;
    draft.instruction = text(20);
    for (std::size_t n = random.below(round % 4 == 1 ? 3 : 12); n-- > 0;) draft.shots.push_back({text(40), text(4)});
    for (std::size_t n = random.below(round % 4 == 1 ? 1 : 5); n-- > 0;) draft.passages.push_back({text(80), "source"});
    draft.input = text(round % 3 == 0 ? 400 : 60);
    sdk::Input input;
    input.text = draft.input;
    if (round % 2 == 0) input.choices = {"billing", "an outage of the whole town"};
    const int max_tokens = static_cast<int>(1 + random.below(200));
    sdk::PromptDraft last = draft;
    const auto render = [&](const sdk::PromptDraft& some) {
      sdk::Request request;
      sdk::Prompt prompt = prompter.render(some, input);
      if (input.choices.empty()) {
        sdk::Generate generate{std::move(prompt), {}};
        generate.settings.max_tokens = max_tokens;
        request.what = std::move(generate);
      } else {
        sdk::ScoreChoices score{std::move(prompt), {}};
        for (const std::string& choice : input.choices) score.choices.push_back(" " + choice + "\n");
        request.what = std::move(score);
      }
      return request;
    };
    const auto& policy = policies[random.below(policies.size())];
    sdk::Request request = render(draft);
    const bool fitted_before = model.tokens_needed(request) <= 512;
    Fitted fitted;
    try {
      fitted = ContextBudget(policy, model).fit(request, draft, render);
    } catch (const UnsupportedModel&) {
      EXPECT_FALSE(fitted_before);
      ++refused;
      continue;
    }
    EXPECT_LE(model.tokens_needed(request), 512);
    (fitted.cut() ? cut : whole) += 1;
    EXPECT_EQ(fitted.cut(), !fitted_before);

    // The prompt is that of the draft without what the facts say, and no more than must was taken.
    const auto stands = [&](const char* step) { return std::find(policy.begin(), policy.end(), step) != policy.end(); };
    sdk::PromptDraft expected = draft;
    expected.shots.erase(expected.shots.begin(),
                         expected.shots.begin() + static_cast<std::ptrdiff_t>(fitted.shots_dropped));
    expected.passages.resize(expected.passages.size() - fitted.passages_dropped);
    const auto text_of = [](const sdk::Request& asked) {
      return std::visit(
          [](const auto& what) -> std::string {
            if constexpr (requires { what.prompt; }) return what.prompt.text;
            return "";
          },
          asked.what);
    };
    const std::string asked = text_of(request);
    if (!stands("drop_shots")) {
      EXPECT_EQ(fitted.shots_dropped, 0U);
    }
    if (!stands("drop_passages")) {
      EXPECT_EQ(fitted.passages_dropped, 0U);
    }
    EXPECT_TRUE(text::is_valid_utf8(asked));
    const std::string rest = prompter.render(expected, input).text;
    const std::string head = rest.substr(0, rest.rfind(draft.input)),
                      tail = rest.substr(head.size() + draft.input.size());
    ASSERT_TRUE(asked.starts_with(head) && asked.ends_with(tail)) << round;
    const std::string left = asked.substr(head.size(), asked.size() - head.size() - tail.size());
    if (fitted.input_tokens_cut == 0) {
      EXPECT_EQ(left, draft.input);
    } else {
      // All that could be dropped before is gone, and what is left of the input ends where characters and special tokens do.
      if (stands("drop_shots")) {
        EXPECT_EQ(fitted.shots_dropped, draft.shots.size());
      }
      if (stands("drop_passages")) {
        EXPECT_EQ(fitted.passages_dropped, draft.passages.size());
      }
      const auto places = places_to_cut(draft.input, model.info().special_tokens);
      bool found = false;
      for (std::size_t count = 1; count < places.size() && !found; ++count) {
        found = left == without_characters(draft.input, places, count, policy.back());
      }
      EXPECT_TRUE(found) << round << ": " << left;
      EXPECT_FALSE(left.empty());
    }
    const bool both = fitted.shots_dropped > 0 && fitted.passages_dropped > 0;
    if (both) {
      const bool shots_first = std::find(policy.begin(), policy.end(), "drop_shots") <
                               std::find(policy.begin(), policy.end(), "drop_passages");
      EXPECT_EQ(shots_first ? fitted.shots_dropped : fitted.passages_dropped,
                shots_first ? draft.shots.size() : draft.passages.size());
    }
    if (fitted.input_tokens_cut == 0 && fitted.cut()) {
      const bool shots_last = fitted.shots_dropped > 0 && (!both || policy.front() != "drop_shots");
      sdk::PromptDraft more = expected;
      if (shots_last) {
        more.shots.insert(more.shots.begin(), draft.shots[fitted.shots_dropped - 1]);
      } else {
        more.passages.push_back(draft.passages[more.passages.size()]);
      }
      EXPECT_GT(model.tokens_needed(render(more)), 512) << "one more would have fitted";
    }
  }
  EXPECT_GT(refused, 20U);
  EXPECT_GT(cut, 100U);
  EXPECT_GT(whole, 50U);
}

}  // namespace
}  // namespace assay::run
