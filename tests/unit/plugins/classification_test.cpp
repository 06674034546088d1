#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "reference.h"
#include "scoring.h"

namespace assay {
namespace {

using test::Row;
using test::scored;
using test::values_of;
using ::testing::HasSubstr;

/// Answers of a classifier that is right more often than not, and sometimes says what is no class.
struct Task {
  std::vector<std::string> labels;
  std::vector<Row> rows;

  Task(std::size_t classes, std::size_t examples, unsigned seed) {
    std::mt19937 random(seed);
    for (std::size_t c = 0; c < classes; ++c) labels.push_back("class " + std::to_string(c));
    for (std::size_t i = 0; i < examples; ++i) {
      const std::string& target = labels[random() % (1 + random() % classes)];
      const auto roll = random() % 10;
      rows.push_back({target, roll < 6 ? target : roll < 9 ? labels[random() % classes] : "nonsense"});
    }
  }

  [[nodiscard]] Json question() const {
    Json asked{{"labels", labels}};
    for (const Row& row : rows) {
      asked["targets"].push_back(row.target);
      asked["answers"].push_back(row.answer);
    }
    return asked;
  }
};

void expect_near(double value, const Json& reference, const std::string& what) {
  EXPECT_NEAR(value, reference.get<double>(), 1e-12) << what;
}

void expect_as_scikit_learn(const Task& task, const Json& told) {
  const std::size_t classes = task.labels.size();
  const auto f1 = values_of("f1", {{"per_class", true}}, task.rows, task.labels);
  expect_near(f1[0], told.at("f1").at("macro"), "macro");
  expect_near(f1[1], told.at("f1").at("micro"), "micro");
  expect_near(f1[2], told.at("f1").at("weighted"), "weighted");
  for (std::size_t c = 0; c < classes; ++c) {
    const Json& one = told.at("per_class").at(c);  // precision, recall, F1
    expect_near(f1[3 + 3 * c], one[2], "F1 of a class");
    expect_near(f1[4 + 3 * c], one[0], "precision of a class");
    expect_near(f1[5 + 3 * c], one[1], "recall of a class");
  }
  expect_near(values_of("mcc", {}, task.rows, task.labels)[0], told.at("mcc"), "mcc");
  expect_near(values_of("accuracy", {}, task.rows, task.labels)[0], told.at("accuracy"), "accuracy");
  for (const char* normalize : {"none", "true", "pred", "all"}) {
    const auto cells = values_of("confusion", {{"normalize", normalize}}, task.rows, task.labels);
    const Json& matrix = told.at("confusion").at(normalize);
    expect_near(1 - cells[0], told.at("accuracy"), "accuracy by the matrix");
    for (std::size_t a = 0; a < classes; ++a) {
      for (std::size_t p = 0; p < matrix.size(); ++p) {
        const double cell = cells[1 + a * (classes + 1) + p];
        // scikit-learn writes 0 for a share of nothing.
        expect_near(std::isnan(cell) ? 0 : cell, matrix.at(a).at(p), normalize);
      }
    }
  }
}

TEST(ClassificationTest, EqualsScikitLearnOnRandomAnswers) {
  std::vector<Task> tasks;
  Json questions = Json::array();
  for (const auto& [classes, examples] : {std::pair{2, 20}, {3, 300}, {9, 60}}) {
    for (unsigned seed = 1; seed <= 5; ++seed) {
      tasks.emplace_back(classes, examples, seed);
      questions.push_back(tasks.back().question());
    }
  }
  const auto told = test::ask_python("sklearn_scores.py", "sklearn", questions);
  if (!told) GTEST_SKIP() << "needs python3-sklearn";
  ASSERT_EQ(told->size(), tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) expect_as_scikit_learn(tasks[i], told->at(i));
}

TEST(MccTest, WhereAllIsOneClassItIsZeroAsInScikitLearn) {
  EXPECT_EQ(values_of("mcc", {}, {{"a", "a"}, {"a", "a"}}, {"a", "b"}).at(0), 0);
  EXPECT_EQ(values_of("mcc", {}, {{"a", "a"}, {"b", "b"}}, {"a", "b"}).at(0), 1);
  EXPECT_EQ(values_of("mcc", {}, {{"a", "b"}, {"b", "a"}}, {"a", "b"}).at(0), -1);
}

TEST(MccTest, WithoutExamplesItIsUndefined) {
  EXPECT_TRUE(std::isnan(values_of("mcc", {}, {{"a", "a"}}, {}, {0.0}).at(0)));
}

TEST(ConfusionTest, NamesItsCells) {
  const auto outputs = scored("confusion", {}, {{"a", "b"}}, {"a", "b"}).metric->outputs();
  ASSERT_EQ(outputs.size(), 7u);
  EXPECT_EQ(outputs[1].name, "confusion.a→a");
  EXPECT_EQ(outputs[3].name, "confusion.a→(none)");
  EXPECT_TRUE(outputs[1].higher_is_better);
  EXPECT_FALSE(outputs[2].higher_is_better);
}

TEST(ConfusionTest, AShareOfAClassThatDoesNotOccurIsUndefined) {
  const auto cells = values_of("confusion", {}, {{"a", "b"}}, {"a", "b"});
  EXPECT_EQ(cells[2], 1);
  EXPECT_TRUE(std::isnan(cells[4]));
}

TEST(ConfusionTest, RefusesMoreClassesThanCanBeRead) {
  try {
    scored("confusion", {}, {{"a", "a"}}, Task(40, 1, 1).labels);
    FAIL();
  } catch (const BadInput& error) {
    EXPECT_THAT(error.what(), HasSubstr("a confusion matrix of 40 classes is too large to read (at most 32)"));
  }
}

}  // namespace
}  // namespace assay
