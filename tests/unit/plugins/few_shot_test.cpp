#include <gmock/gmock.h>

#include <map>
#include <set>

#include "../../../plugins/strategies/few_shot/diversity.h"
#include "loading.h"
#include "unit/data/folder_fixture.h"
#include "unit/run/fake_model.h"

namespace assay {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::SizeIs;

/// A text's vector: how often it holds each letter from a to d.
std::vector<float> letters(const std::string& text) {
  std::vector<float> counts(4, 0.0F);
  for (const char c : text) {
    if (c >= 'a' && c <= 'd') counts[static_cast<std::size_t>(c - 'a')] += 1;
  }
  return counts;
}

class FewShotSelectionTest : public testing::FolderFixture, public sdk::AdaptContext {
 protected:
  sdk::LanguageModel* model() override { return &model_; }
  std::uint64_t seed() const override { return seed_; }
  bool stop_requested() const override { return false; }
  std::filesystem::path directory() const override { return folder_; }
  void log(const std::string&) override {}

  FewShotSelectionTest() {
    model_.reply = [](const sdk::Request& request) {
      sdk::Completion completion;
      completion.embedding = letters(std::get<sdk::Embed>(request.what).text);
      return completion;
    };
  }

  void row(const std::string& text, const std::string& target) {
    sdk::Input input;
    input.id = std::to_string(train_.size());
    input.index = train_.size();
    input.text = text;
    train_.push_back({input, target, {target}});
  }

  std::vector<sdk::Shot> shots(const Json& params, const std::string& question, std::size_t index = 0) {
    const auto strategy = test::built_in("few_shot").strategy(sdk::Params(params));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    const Json state = strategy->adapt(train_, {}, *this).value();
    sdk::Input input;
    input.text = question;
    input.index = index;
    sdk::PromptContext context{&state, folder_, 0};
    std::vector<sdk::Completion> answers;
    for (const sdk::Request& request : strategy->consult(input, context)) answers.push_back(model_.reply(request));
    context.consulted = answers;
    sdk::PromptDraft draft;
    strategy->compose(input, draft, context);
    return draft.shots;
  }

  std::vector<std::string> inputs(const Json& params, const std::string& question, std::size_t index = 0) {
    std::vector<std::string> texts;
    for (const sdk::Shot& shot : shots(params, question, index)) texts.push_back(shot.input);
    return texts;
  }

  std::vector<sdk::Example> train_;
  testing::FakeModel model_;
  std::uint64_t seed_ = 1;
};

TEST_F(FewShotSelectionTest, SimilarShowsTheNearestByWordsTheNearestLast) {
  row("a red bird", "x"), row("green fish", "y"), row("red bird sings", "x"), row("a stone", "z");
  EXPECT_THAT(inputs({{"shots", 2}, {"select", "similar"}}, "red bird sings loudly"),
              ElementsAre("a red bird", "red bird sings"));
  EXPECT_THAT(inputs({{"shots", 2}, {"select", "similar"}, {"order", "nearest_first"}}, "red bird sings loudly"),
              ElementsAre("red bird sings", "a red bird"));
  EXPECT_TRUE(model_.batches.empty());
}

TEST_F(FewShotSelectionTest, SimilarByEmbeddingAsksForAllRowsTogether) {
  row("aaa", "x"), row("bbb", "y"), row("aab", "x"), row("ddd", "z");
  EXPECT_THAT(inputs({{"shots", 2}, {"select", "similar"}, {"similarity", "embedding"}}, "aaaab"),
              ElementsAre("aaa", "aab"));
  EXPECT_THAT(model_.batches, SizeIs(1));
}

TEST_F(FewShotSelectionTest, TheQuestionAndItsDuplicatesAreNeverShown) {
  for (const char* text : {"aa  b", "aa b ", "AA b", "aab", "c d", "c a", "d d"}) row(text, text);
  for (const Json& params :
       {Json{{"select", "first"}}, Json{{"select", "random"}}, Json{{"select", "balanced"}},
        Json{{"select", "similar"}}, Json{{"select", "similar"}, {"similarity", "embedding"}},
        Json{{"select", "diverse"}}, Json{{"select", "diverse"}, {"diversity", "k_means"}},
        Json{{"select", "random"}, {"per_query", true}}, Json{{"select", "balanced"}, {"per_query", true}}}) {
    Json all = params;
    all["shots"] = 5;
    const auto shown = inputs(all, " aa\tb");
    EXPECT_THAT(shown, SizeIs(5)) << params;
    EXPECT_THAT(shown, Not(Contains("aa  b"))) << params;
    EXPECT_THAT(shown, Not(Contains("aa b "))) << params;
    EXPECT_THAT(shown, Contains("AA b")) << "case tells texts apart; " << params;
  }
}

TEST_F(FewShotSelectionTest, BalancedHasAsManyOfEachClass) {
  for (int i = 0; i < 30; ++i) row("text " + std::to_string(i), i < 24 ? "common" : i < 28 ? "rare" : "rarest");
  for (seed_ = 1; seed_ < 6; ++seed_) {
    std::map<std::string, int> count;
    for (const sdk::Shot& shot : shots({{"shots", 6}, {"select", "balanced"}}, "?")) ++count[shot.target];
    EXPECT_EQ(count, (std::map<std::string, int>{{"common", 2}, {"rare", 2}, {"rarest", 2}}));
  }
}

TEST_F(FewShotSelectionTest, PerQueryDrawsDependOnSeedAndExampleAlone) {
  for (int i = 0; i < 40; ++i) row("text " + std::to_string(i), "x");
  const Json params{{"shots", 4}, {"per_query", true}};
  EXPECT_EQ(inputs(params, "q", 3), inputs(params, "another q", 3));
  EXPECT_NE(inputs(params, "q", 3), inputs(params, "q", 4));
  const auto before = inputs(params, "q", 3);
  seed_ = 2;
  EXPECT_NE(inputs(params, "q", 3), before);
  EXPECT_EQ(inputs({{"shots", 4}}, "q", 3), inputs({{"shots", 4}}, "q", 4)) << "one set for all, unless told";
}

TEST_F(FewShotSelectionTest, DataGoesThroughAsItIs) {
  const std::string odd =
      "{{ x }} {% if %} \"q\" 'r' \\n\nline\t\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d " + std::string(100 * 1024, '{');
  row(odd, "{{ target }}"), row("b", "y"), row("c", "z");
  for (const char* select : {"first", "similar"}) {
    const auto shown = shots({{"shots", 3}, {"select", select}}, "{{ x }}");
    ASSERT_THAT(shown, SizeIs(3));
    EXPECT_TRUE(std::any_of(shown.begin(), shown.end(),
                            [&](const sdk::Shot& shot) { return shot.input == odd && shot.target == "{{ target }}"; }));
  }
}

TEST(MaximalMarginalRelevanceTest, TakesTheUnlikeBeforeTheNear) {
  sdk::Vectors vectors;
  for (const auto& row : {std::vector<float>{1, 0}, {1, 0.01F}, {1, 1}}) vectors.add(row);
  const std::vector<double> nearness = vectors.cosines(std::vector<float>{1, 0});
  const std::vector<std::size_t> all{0, 1, 2};
  EXPECT_THAT(few_shot::maximal_marginal_relevance(all, nearness, vectors, 2, 1.0), ElementsAre(0, 1))
      << "nearness alone";
  // 0.4 · 0.99995 - 0.6 · 0.99995 < 0.4 · 0.70711 - 0.6 · 0.70711
  EXPECT_THAT(few_shot::maximal_marginal_relevance(all, nearness, vectors, 2, 0.4), ElementsAre(0, 2));
}

TEST(KMeansTest, TheFirstOfTheOrderAreOneOfEachCluster) {
  sdk::Vectors vectors;
  for (int i = 0; i < 12; ++i) {
    std::vector<float> row(3, 0.01F * static_cast<float>(i));
    row[static_cast<std::size_t>(i % 3)] = 1;
    vectors.add(row);
  }
  for (std::uint64_t seed = 1; seed < 6; ++seed) {
    const auto order = few_shot::k_means_order(vectors, 3, seed);
    ASSERT_THAT(order, SizeIs(12));
    EXPECT_EQ(std::set<std::size_t>(order.begin(), order.end()).size(), 12);
    EXPECT_EQ((std::set<std::size_t>{order[0] % 3, order[1] % 3, order[2] % 3}).size(), 3);
    EXPECT_EQ(order, few_shot::k_means_order(vectors, 3, seed));
  }
}

}  // namespace
}  // namespace assay
