#include "store/reported_models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Json one(const char* model, const char* fingerprint, int answered, int cached, int since, const char* asked = "gpt") {
  return {{"asked", asked},       {"model", model},   {"fingerprint", fingerprint},
          {"answered", answered}, {"cached", cached}, {"since", since}};
}

TEST(ReportedModelsTest, WhatStaysTheSameIsNotTold) {
  ReportedModels models;
  models.add("far", "a", {{"reported", {one("gpt-1", "fp", 3, 0, 1)}}});
  models.add("far", "b", {{"reported", {one("gpt-1", "fp", 3, 0, 2), one("emb-1", "", 3, 0, 2, "emb")}}});
  models.add("other", "c", {{"reported", {one("gpt-2", "fp-2", 3, 0, 2)}}});
  models.add("far", "d", {{"answered", 3}});
  EXPECT_THAT(models.changes(), IsEmpty());
}

TEST(ReportedModelsTest, AChangeWithinAStageNamesValuesAndCountsInTime) {
  ReportedModels models;
  models.add("far", "generate zero_shot",
             {{"reported", {one("gpt-1", "fp_b", 80, 0, 2000), one("gpt-1", "fp_a", 100, 20, 1000)}}});
  EXPECT_THAT(
      models.changes(),
      ElementsAre(HasSubstr(
          "model 'far': the fingerprint that its server reports for 'gpt' changed from 'fp_a' (120 answers, 20 of them "
          "given again) to 'fp_b' (80 answers): they may be of different models. Both stand in: generate zero_shot.")));
}

TEST(ReportedModelsTest, AChangeBetweenStagesIsToldToo) {
  ReportedModels models;
  models.add("far", "a", {{"reported", {one("gpt-1", "", 1, 0, 5)}}});
  models.add("far", "b", {{"reported", {one("gpt-2", "", 2, 0, 4)}}});
  EXPECT_THAT(models.changes(), ElementsAre(HasSubstr("the model that its server reports for 'gpt' changed from "
                                                      "'gpt-2' (2 answers) to 'gpt-1' (1 answer): they may be "
                                                      "of different models. No stage holds answers of both.")));
}

TEST(ReportedModelsTest, ManyValuesAndStagesAreCutShort) {
  ReportedModels models;
  for (int i = 0; i < 5; ++i) {
    models.add("far", "stage " + std::to_string(i),
               {{"reported",
                 {one("m", ("fp" + std::to_string(2 * i)).c_str(), 1, 0, 2 * i + 1),
                  one("m", ("fp" + std::to_string(2 * i + 1)).c_str(), 1, 0, 2 * i + 2)}}});
  }
  const auto changes = models.changes();
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_THAT(changes[0], HasSubstr("'fp5' (1 answer) and 4 more times"));
  EXPECT_THAT(changes[0], Not(HasSubstr("fp6")));
  EXPECT_THAT(changes[0], HasSubstr("Both stand in: stage 0; stage 1; stage 2 and 2 more."));
}

}  // namespace
}  // namespace assay::store
