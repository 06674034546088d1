#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "reference.h"
#include "scoring.h"

namespace assay {
namespace {

using test::refusal;
using test::Row;
using test::scored;
using test::values_of;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Answers by scores of choices. Each example's scores are one of a few vectors, so that many are exactly equal.
struct ScoredTask {
  std::vector<std::string> labels;
  std::vector<Row> rows;
  Json question;

  ScoredTask(std::size_t classes, std::size_t examples, unsigned seed) {
    std::mt19937 random(seed);
    for (std::size_t c = 0; c < classes; ++c) labels.push_back("class " + std::to_string(c));
    question["labels"] = labels;
    std::vector<std::vector<double>> vectors(15);
    for (auto& scores : vectors) {
      for (std::size_t c = 0; c < classes; ++c)
        scores.push_back(-3.0 * static_cast<double>(random()) / static_cast<double>(std::mt19937::max()));
    }
    for (std::size_t i = 0; i < examples; ++i) {
      Row row;
      row.choice_scores = vectors[random() % vectors.size()];
      const auto best = static_cast<std::size_t>(std::max_element(row.choice_scores.begin(), row.choice_scores.end()) -
                                                 row.choice_scores.begin());
      row.answer = labels[best];
      row.target = i < classes ? labels[i] : labels[random() % 3 == 0 ? best : random() % classes];
      double sum = 0;
      for (const double score : row.choice_scores) sum += std::exp(score);
      Json probabilities = Json::array();
      for (const double score : row.choice_scores) probabilities.push_back(std::exp(score) / sum);
      question["targets"].push_back(row.target);
      question["answers"].push_back(row.answer);
      question["probabilities"].push_back(probabilities);
      rows.push_back(std::move(row));
    }
  }
};

void expect_as_scikit_learn(const ScoredTask& task, const Json& told) {
  const auto expect = [&](const std::string& metric, const Json& params, std::size_t value, const std::string& name) {
    EXPECT_NEAR(values_of(metric, params, task.rows, task.labels).at(value), told.at(name).get<double>(), 1e-12)
        << name;
  };
  expect("calibration", Json::object(), 1, "brier");
  expect("calibration", Json::object(), 2, "log_loss");
  if (task.labels.size() == 2) {
    expect("calibration", {{"positive", task.labels[1]}}, 1, "brier_positive");
    expect("auroc", Json::object(), 0, "auroc");
  } else {
    expect("auroc", {{"average", "macro"}}, 0, "auroc_macro");
    expect("auroc", {{"average", "weighted"}}, 0, "auroc_weighted");
  }
}

TEST(ProbabilityMetricsTest, EqualScikitLearnOnRandomScores) {
  std::vector<ScoredTask> tasks;
  Json questions = Json::array();
  for (const auto& [classes, examples] : {std::pair{2, 200}, {3, 30}, {5, 120}}) {
    for (unsigned seed = 1; seed <= 5; ++seed) {
      tasks.emplace_back(classes, examples, seed);
      questions.push_back(tasks.back().question);
    }
  }
  const auto told = test::ask_python("sklearn_scores.py", "sklearn", questions);
  if (!told) GTEST_SKIP() << "needs python3-sklearn";
  ASSERT_EQ(told->size(), tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) expect_as_scikit_learn(tasks[i], told->at(i));
}

TEST(AurocTest, CountsARowAsOftenAsItWasDrawn) {
  const ScoredTask task(2, 30, 4);
  std::vector<double> weights(30, 1.0);
  weights[3] = 0, weights[7] = 3;
  std::vector<Row> drawn = task.rows;
  drawn.push_back(drawn[7]), drawn.push_back(drawn[7]);
  drawn.erase(drawn.begin() + 3);
  EXPECT_NEAR(values_of("auroc", {}, task.rows, task.labels, weights)[0], values_of("auroc", {}, drawn, task.labels)[0],
              1e-12);
}

TEST(AurocTest, OfOneClassAloneItIsUndefined) {
  Row row{"a", "a"};
  row.choice_scores = {-1, -2};
  EXPECT_TRUE(std::isnan(values_of("auroc", {}, {row, row}, {"a", "b"})[0]));
}

TEST(AurocTest, WithoutScoresItIsRefused) {
  EXPECT_THAT(refusal([] {
                values_of("auroc", {}, {{"a", "a"}}, {"a", "b"});
              }),
              HasSubstr("example 1 has no scores of its choices"));
  EXPECT_THAT(refusal([] { values_of("auroc", {}, {{"a", "a"}}); }), HasSubstr("needs a dataset with choices"));
}

/// A row whose answer has this confidence.
Row sure(double confidence, bool right) {
  Row row{"yes", right ? "yes" : "no"};
  row.details["confidence"] = confidence;
  return row;
}

// Three bins of width 1/3: (0, 1/3] holds nothing, (1/3, 2/3] 0.5 right and 0.6 wrong, (2/3, 1] 0.9 right and 1.0 right.
TEST(CalibrationTest, EceIsTheMeanGapOfBinsByTheirShare) {
  const auto values = values_of("calibration", {{"bins", 3}, {"curve", true}},
                                {sure(0.5, true), sure(0.6, false), sure(0.9, true), sure(1, true)});
  EXPECT_NEAR(values[0], 2.0 / 4 * std::abs(0.5 - 0.55) + 2.0 / 4 * std::abs(1 - 0.95), 1e-12);
  EXPECT_NEAR(values[1], (0.25 + 0.36 + 0.01 + 0) / 4, 1e-12);
  EXPECT_TRUE(std::isnan(values[2]));
  EXPECT_EQ(values[3], 0);
  EXPECT_TRUE(std::isnan(values[4]));
  EXPECT_THAT(std::vector<double>(values.begin() + 6, values.end()),
              ElementsAre(0.5, DoubleNear(0.55, 1e-12), 0.5, 0.5, DoubleNear(0.95, 1e-12), 1));
}

TEST(CalibrationTest, WhatContextualCalibrationLeftCounts) {
  Row row{"a", "b"};
  row.choice_scores = {-0.1, -3};
  row.details["calibrated"] = {0.25, 0.75};
  const auto values = values_of("calibration", {}, {row}, {"a", "b"});
  EXPECT_NEAR(values[0], 0.75, 1e-12);
  EXPECT_NEAR(values[2], -std::log(0.25), 1e-12);
}

TEST(CalibrationTest, WhatIsNotKnownIsRefused) {
  EXPECT_THAT(refusal([] {
                values_of("calibration", {}, {{"a", "a"}});
              }),
              HasSubstr("has neither scores of its choices nor a details.confidence"));
  Row row{"c", "a"};
  row.choice_scores = {-1, -2};
  EXPECT_THAT(refusal([&] {
                values_of("calibration", {}, {row}, {"a", "b"});
              }),
              HasSubstr("has a target that is none of its choices: c"));
  row.choice_scores = {-1, std::nan("")};
  EXPECT_THAT(refusal([&] {
                values_of("calibration", {}, {row}, {"a", "b"});
              }),
              HasSubstr("has a choice whose score is no number"));
}

TEST(PerplexityTest, IsOfTheTargetsTokensOrItsScoreAmongChoices) {
  Row written{"abcd", ""};
  written.details["log_probabilities"] = {-1.0, -2.0};
  EXPECT_THAT(values_of("perplexity", {}, {written}),
              ElementsAre(DoubleNear(3 / (4 * std::numbers::ln2), 1e-12), DoubleNear(std::exp(1.5), 1e-12)));
  Row choice{"no", "yes"};
  choice.choice_scores = {-0.5, -1.5};
  const auto values = values_of("perplexity", {}, {choice}, {"yes", "no"});
  EXPECT_NEAR(values[0], 1.5 / (2 * std::numbers::ln2), 1e-12);
  EXPECT_TRUE(std::isnan(values[1]));
  EXPECT_THAT(refusal([] {
                values_of("perplexity", {}, {{"a", "a"}});
              }),
              HasSubstr("has no log-probability of its target"));
}

TEST(ProbabilityMetricsTest, SayHowTheyWereComputed) {
  const ScoredTask two(2, 4, 1), three(3, 6, 1);
  EXPECT_EQ(scored("auroc", {}, two.rows, two.labels).signature(), "positive:class 1|ties:half|version:1.0");
  EXPECT_EQ(scored("auroc", {}, three.rows, three.labels).signature(), "multi:ovr|average:macro|ties:half|version:1.0");
  EXPECT_EQ(scored("calibration", {}, two.rows, two.labels).signature(), "bins:10|width:equal|brier:sum|version:1.0");
}

}  // namespace
}  // namespace assay
