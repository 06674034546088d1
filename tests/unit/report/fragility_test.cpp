#include "report/fragility.h"

#include <gmock/gmock.h>

#include <cmath>

#include "unit/report/sample.h"

namespace assay::report {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST(FragilityTextTest, WithoutVariantsNothingIsSaid) {
  Dataset dataset = tickets();
  add(dataset, "zero_shot", Family::prompting, 0.5, 0.4, 0.6);
  EXPECT_THAT(fragility_columns(dataset), IsEmpty());
  EXPECT_THAT(variant_columns(dataset), IsEmpty());
  EXPECT_TRUE(std::isnan(moved(dataset, dataset.groups[0], 0).spread));
}

TEST(FragilityTextTest, SeedsAreAveragedAndTheWorstVariantIsThatOfTheWorstMean) {
  Dataset dataset = tickets();
  Group& group = add(dataset, "few_shot", Family::prompting, 0.5, 0.4, 0.6);
  perturb(dataset, group, 1, {{"a", 0.2}, {"b", 0.4}}, 0.05, 0.1, 0.4);
  perturb(dataset, group, 2, {{"a", 0.6}, {"b", 0.3}}, 0.05, 0.2, 0.6);
  const Moved m = moved(dataset, group, 0);
  EXPECT_DOUBLE_EQ(m.spread, 0.3);
  EXPECT_DOUBLE_EQ(m.spread_low, 0.15);
  EXPECT_DOUBLE_EQ(m.spread_high, 0.5);
  EXPECT_EQ(m.worst_variant, "b") << "0.35 beside 0.4";
  EXPECT_DOUBLE_EQ(m.worst, 0.35);
  const auto columns = fragility_columns(dataset);
  ASSERT_THAT(columns, SizeIs(2));
  EXPECT_THAT(columns[0].cells, ElementsAre("30.0"));
  EXPECT_THAT(columns[1].cells, ElementsAre("35.0 b"));
}

TEST(FragilityTextTest, ADifferenceIsShownWhereEverySeedIsSureOfIt) {
  Dataset dataset = tickets();
  Group& group = add(dataset, "few_shot", Family::prompting, 0.5, 0.4, 0.6);
  perturb(dataset, group, 1, {{"a", 0.2}, {"b", 0.3}}, 0.1, 0, 1);
  perturb(dataset, group, 2, {{"a", 0.3}, {"b", 0.45}}, 0.1, 0, 1);
  const auto columns = variant_columns(dataset);
  ASSERT_THAT(columns, SizeIs(3));
  EXPECT_THAT(columns[0].cells, ElementsAre("50.0"));
  EXPECT_THAT(columns[1].cells, ElementsAre("25.0 (−25.0)"));
  EXPECT_THAT(columns[2].cells, ElementsAre("37.5"));
}

TEST(FragilityTextTest, AGroupWithoutVariantsHasDashes) {
  Dataset dataset = tickets();
  add(dataset, "broken", Family::prompting, kUnknown, kUnknown, kUnknown);
  perturb(dataset, add(dataset, "few_shot", Family::prompting, 0.5, 0.4, 0.6), 1, {{"a", 0.5}}, 0.1, 0, 0);
  for (const Column& column : fragility_columns(dataset)) EXPECT_EQ(column.cells[0], "–");
  for (const Column& column : variant_columns(dataset)) EXPECT_EQ(column.cells[0], "–");
  EXPECT_EQ(fragility_columns(dataset)[1].cells[1], "50.0 as asked");
}

TEST(FragilityTextTest, StrategiesAreNamedOnlyWhereTheirSpreadsLieApart) {
  Dataset dataset = tickets();
  perturb(dataset, add(dataset, "few_shot", Family::prompting, 0.5, 0.4, 0.6), 1, {{"a", 0.2}}, 0.05, 0.2, 0.4);
  EXPECT_THAT(fragility_note(dataset), Not(HasSubstr("fragile"))) << "one alone is neither";
  perturb(dataset, add(dataset, "lora", Family::fine_tuning, 0.9, 0.85, 0.95), 1, {{"a", 0.88}}, 0.05, 0, 0.1);
  EXPECT_THAT(
      fragility_note(dataset),
      HasSubstr("The most fragile is `few_shot`, with a spread of 30.0 points [20.0, 40.0], the least `lora`, with 2.0 "
                "points [0.0, 10.0]."));
  dataset.groups[1].fragility[0].spread_high = 0.3;
  EXPECT_THAT(fragility_note(dataset), HasSubstr("cannot be told"));
}

}  // namespace
}  // namespace assay::report
