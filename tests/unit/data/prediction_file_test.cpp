#include "data/prediction_file.h"

#include <gmock/gmock.h>

#include "unit/data/folder_fixture.h"

namespace assay::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PredictionFileTest : public assay::testing::FolderFixture {
 protected:
  RecordedPrediction only(const std::string& row) const {
    PredictionReader reader(write("a.jsonl", row), "a.jsonl");
    EXPECT_TRUE(reader.next());
    return reader.prediction();
  }
  std::string problem(const std::string& row) const {
    return error_of([&] { only(row); });
  }
};

TEST_F(PredictionFileTest, ATargetIsTheOnlyReference) {
  const RecordedPrediction row = only(R"({"prediction": "a", "target": "b"})");
  EXPECT_EQ(row.answer, "a");
  EXPECT_EQ(row.target, "b");
  EXPECT_THAT(row.references, ElementsAre("b"));
  EXPECT_EQ(row.input.id, "1");
}

TEST_F(PredictionFileTest, TheFirstReferenceIsTheTarget) {
  const RecordedPrediction row = only(R"({"prediction": "a", "references": ["b", "c"], "id": "x7", "input": "q"})");
  EXPECT_EQ(row.target, "b");
  EXPECT_THAT(row.references, ElementsAre("b", "c"));
  EXPECT_EQ(row.input.id, "x7");
  EXPECT_EQ(row.input.text, "q");
}

TEST_F(PredictionFileTest, SamplesStandWhereSelfConsistencyLeavesThem) {
  const RecordedPrediction row = only(R"({"prediction": "4", "target": "4", "samples": ["4", "5"]})");
  EXPECT_EQ(row.details.at("samples"), Json({"4", "5"}));
  EXPECT_THAT(row.outputs, ElementsAre("4", "5"));
}

TEST_F(PredictionFileTest, ScoresBelongToChoices) {
  const RecordedPrediction row =
      only(R"({"prediction": "a", "target": "a", "choices": ["a", "b"], "choice_scores": [-0.5, -2]})");
  EXPECT_THAT(row.input.choices, ElementsAre("a", "b"));
  EXPECT_THAT(row.choice_scores, ElementsAre(-0.5, -2));
  EXPECT_THAT(problem(R"({"prediction": "a", "target": "a", "choices": ["a", "b"], "choice_scores": [-0.5]})"),
              HasSubstr("a.jsonl, row 1: 'choice_scores' has 1 numbers but 'choices' 2 texts"));
}

TEST_F(PredictionFileTest, WhatIsMissingOrWrongIsNamedWithItsRow) {
  EXPECT_THAT(problem(R"({"target": "b"})"), HasSubstr("a.jsonl, row 1: 'prediction' is missing; a row is {"));
  EXPECT_THAT(problem(R"({"prediction": "b"})"), HasSubstr("'references' or 'target' is missing"));
  EXPECT_THAT(problem(R"({"prediction": null, "target": "b"})"), HasSubstr("'prediction' is missing"));
  EXPECT_THAT(problem(R"({"prediction": 42, "target": "b"})"), HasSubstr("'prediction' must be a text, found 42"));
  EXPECT_THAT(problem(R"({"prediction": "a", "references": []})"), HasSubstr("'references' is an empty list"));
  EXPECT_THAT(problem(R"({"prediction": "a", "references": "b"})"),
              HasSubstr("'references' must be a list of texts, found \"b\""));
}

}  // namespace
}  // namespace assay::data
