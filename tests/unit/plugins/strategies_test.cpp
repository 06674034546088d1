#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loading.h"

namespace assay {
namespace {

using ::testing::SizeIs;

class NoModel final : public sdk::AdaptContext {
 public:
  explicit NoModel(std::uint64_t seed) : seed_(seed) {}
  sdk::LanguageModel* model() override { return nullptr; }
  std::uint64_t seed() const override { return seed_; }
  bool stop_requested() const override { return false; }
  std::filesystem::path directory() const override { return {}; }
  void log(const std::string&) override {}

 private:
  std::uint64_t seed_;
};

std::vector<sdk::Example> examples(int count) {
  std::vector<sdk::Example> all;
  for (int i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    all.push_back(
        {{.id = number, .index = static_cast<std::size_t>(i), .text = "text " + number, .fields = {}, .choices = {}},
         "label " + number,
         {"label " + number}});
  }
  return all;
}

std::vector<sdk::Shot> shots_for(const Json& params, std::uint64_t seed, const std::string& question) {
  const auto strategy = test::built_in("few_shot").strategy(sdk::Params(params));
  NoModel context(seed);
  const auto train = examples(20);
  const auto state = strategy->adapt(train, {}, context);
  sdk::PromptDraft draft;
  sdk::Input input;
  input.text = question;
  strategy->compose(input, draft, {.state = &*state, .directory = {}, .seed = seed});
  return draft.shots;
}

TEST(FewShotTest, FirstTakesTheFirstRows) {
  const auto shots = shots_for({{"shots", 2}, {"select", "first"}}, 1, "question");
  ASSERT_THAT(shots, SizeIs(2));
  EXPECT_EQ(shots[0].input, "text 0");
  EXPECT_EQ(shots[1].target, "label 1");
}

TEST(FewShotTest, TheDrawDependsOnTheSeedAlone) {
  const auto inputs = [](const std::vector<sdk::Shot>& shots) {
    std::vector<std::string> texts;
    for (const auto& shot : shots) texts.push_back(shot.input);
    return texts;
  };
  const Json params{{"shots", 8}, {"select", "random"}};
  EXPECT_EQ(inputs(shots_for(params, 1, "q")), inputs(shots_for(params, 1, "q")));
  EXPECT_NE(inputs(shots_for(params, 1, "q")), inputs(shots_for(params, 2, "q")));
}

TEST(FewShotTest, AShotEqualToTheQuestionIsReplacedByTheNext) {
  const auto shots = shots_for({{"shots", 2}, {"select", "first"}}, 1, "text 0");
  ASSERT_THAT(shots, SizeIs(2));
  EXPECT_EQ(shots[0].input, "text 1");
}

TEST(FewShotTest, AskingForMoreShotsThanThereAreSaysSo) {
  const auto strategy = test::built_in("few_shot").strategy(sdk::Params(Json{{"shots", 5}}));
  NoModel context(1);
  const auto train = examples(3);
  EXPECT_THROW(strategy->adapt(train, {}, context), BadInput);
}

}  // namespace
}  // namespace assay
