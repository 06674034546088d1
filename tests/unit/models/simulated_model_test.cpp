#include "models/simulated_model.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>

namespace assay::models {
namespace {

constexpr int kExamples = 2000;

std::map<std::string, SimulatedAnswer> answers() {
  std::map<std::string, SimulatedAnswer> result;
  for (int i = 0; i < kExamples; ++i) result[fmt::format("{}", i)] = {i % 3 == 0 ? "red" : "blue", {"red", "blue"}};
  return result;
}

sdk::Request question(int example, const std::string& head = "", std::uint64_t seed = 1) {
  sdk::Request request;
  request.example_id = fmt::format("{}", example);
  request.draw = {seed, static_cast<std::uint64_t>(example), 0};
  request.what = sdk::Generate{{fmt::format("{}what is {} =>", head, example), {}}, {}, 1, false};
  return request;
}

std::vector<std::string> replies(SimulatedModel& model, std::vector<sdk::Request> requests) {
  const auto ids = model.submit(std::move(requests));
  std::vector<std::string> texts(ids.size());
  for (auto finished = model.collect(); !finished.empty(); finished = model.collect()) {
    for (const auto& [id, completion] : finished) {
      EXPECT_EQ(completion.error, "");
      texts[id - ids.front()] = completion.samples.at(0).text;
    }
  }
  return texts;
}

double accuracy(SimulatedModel& model, const std::string& head = "", std::uint64_t seed = 1) {
  std::vector<sdk::Request> requests;
  for (int i = 0; i < kExamples; ++i) requests.push_back(question(i, head, seed));
  const auto texts = replies(model, requests);
  int right = 0;
  for (int i = 0; i < kExamples; ++i)
    right += texts[static_cast<std::size_t>(i)] == (i % 3 == 0 ? "red" : "blue") ? 1 : 0;
  return static_cast<double>(right) / kExamples;
}

TEST(SimulatedModelTest, IsRightAsOftenAsAsked) {
  for (const double wanted : {0.0, 0.3, 0.8, 1.0}) {
    SimulatedSettings settings;
    settings.accuracy = wanted;
    SimulatedModel model("rehearsal", settings, answers());
    EXPECT_NEAR(accuracy(model), wanted, 0.035);
  }
}

TEST(SimulatedModelTest, ShotsHelpByTheirGain) {
  SimulatedSettings settings;
  settings.accuracy = 0.5;
  settings.shots_gain = 0.1;
  SimulatedModel model("rehearsal", settings, answers());
  EXPECT_NEAR(accuracy(model, "a => b\nc => d\n"), 0.7, 0.035);
}

TEST(SimulatedModelTest, AnswersDependOnSeedExampleAndPromptAlone) {
  SimulatedSettings settings;
  settings.accuracy = 0.5;
  SimulatedModel one("a", settings, answers()), other("b", settings, answers());
  std::vector<sdk::Request> forward, backward;
  for (int i = 0; i < 100; ++i) forward.push_back(question(i));
  for (int i = 99; i >= 0; --i) backward.push_back(question(i));
  const auto first = replies(one, forward);
  auto second = replies(other, backward);
  std::reverse(second.begin(), second.end());
  EXPECT_EQ(first, second);
  std::vector<sdk::Request> seeded;
  for (int i = 0; i < 100; ++i) seeded.push_back(question(i, "", 2));
  EXPECT_NE(replies(one, seeded), first);
}

TEST(SimulatedModelTest, ScoresTheChosenAnswerHighest) {
  SimulatedSettings settings;
  settings.accuracy = 1.0;
  SimulatedModel model("rehearsal", settings, answers());
  sdk::Request request = question(1);
  request.what = sdk::ScoreChoices{{"what =>", {}}, {" red\n", " blue\n", " green\n"}, false};
  model.submit({request});
  const auto finished = model.collect();
  ASSERT_EQ(finished.size(), 1U);
  const auto& completion = finished[0].completion;
  EXPECT_EQ(completion.choice, 1U);
  EXPECT_GT(completion.choice_scores[1], completion.choice_scores[0]);
  EXPECT_GT(completion.choice_scores[1], completion.choice_scores[2]);
  EXPECT_TRUE(completion.usage.estimated);
  EXPECT_EQ(completion.usage.prompt_tokens, 3);
}

TEST(SimulatedModelTest, AnExampleWithoutAnAnswerIsAnErrorOfThatRequest) {
  SimulatedModel model("rehearsal", {}, answers());
  sdk::Request unknown = question(0);
  unknown.example_id = "nobody";
  model.submit({unknown, question(1)});
  const auto finished = model.collect();
  ASSERT_EQ(finished.size(), 2U);
  EXPECT_NE(finished[0].completion.error, "");
  EXPECT_EQ(finished[1].completion.error, "");
}

TEST(SimulatedModelTest, TakesItsLatency) {
  SimulatedSettings settings;
  settings.latency_ms = 20;
  SimulatedModel model("rehearsal", settings, answers());
  const auto begun = std::chrono::steady_clock::now();
  model.submit({question(1), question(2), question(3)});
  std::size_t count = 0;
  double longest = 0;
  for (auto finished = model.collect(); !finished.empty(); finished = model.collect()) {
    count += finished.size();
    for (const auto& f : finished) longest = std::max(longest, f.completion.milliseconds);
  }
  const double waited = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
  EXPECT_EQ(count, 3U);
  EXPECT_GE(longest, 10.0);
  EXPECT_LE(longest, 30.0);
  EXPECT_GE(waited, longest - 0.5);
}

TEST(SimulatedModelTest, UnknownAndImpossibleOptionsAreRefused) {
  EXPECT_THROW(SimulatedSettings::parse({{"acuracy", 0.5}}), BadInput);
  EXPECT_THROW(SimulatedSettings::parse({{"accuracy", 1.5}}), BadInput);
  EXPECT_THROW(SimulatedSettings::parse({{"latency_ms", "fast"}}), BadInput);
  EXPECT_EQ(SimulatedSettings::parse({{"accuracy", 0.25}, {"latency_ms", 5}}).accuracy, 0.25);
}

TEST(SimulatedModelTest, EmbedsTextsThatShareWordsClose) {
  SimulatedModel model("rehearsal", {}, {});
  std::vector<sdk::Request> requests(3);
  requests[0].what = sdk::Embed{"the red fox runs"};
  requests[1].what = sdk::Embed{"the red fox sleeps"};
  requests[2].what = sdk::Embed{"numbers add up quickly"};
  model.submit(requests);
  const auto finished = model.collect();
  const auto dot = [&](std::size_t a, std::size_t b) {
    float sum = 0;
    for (std::size_t i = 0; i < finished[a].completion.embedding.size(); ++i) {
      sum += finished[a].completion.embedding[i] * finished[b].completion.embedding[i];
    }
    return sum;
  };
  EXPECT_GT(dot(0, 1), dot(0, 2));
}

}  // namespace
}  // namespace assay::models
