#include "plan/reach.h"

#include <gmock/gmock.h>

#include "stats/power.h"

namespace assay::plan {
namespace {

using ::testing::HasSubstr;

Reach reckoned(std::size_t examples, std::size_t clusters, std::size_t comparisons, bool correct,
               std::optional<double> detect) {
  Reach reach{"t", examples, clusters, comparisons, 0.05, {}, 0, 0};
  reckon(reach, correct, detect);
  return reach;
}

TEST(ReachTest, ManyComparisonsLowerWhatTheFirstOfThemCanTell) {
  const Reach reach = reckoned(300, 0, 10, true, {});
  ASSERT_EQ(reach.shares.size(), 2U);
  for (const Reach::Assumption& made : reach.shares) {
    EXPECT_DOUBLE_EQ(made.alone,
                     stats::detectable_difference(stats::paired_proportion_power(made.discordant, 0.05), 300));
    EXPECT_DOUBLE_EQ(made.corrected,
                     stats::detectable_difference(stats::paired_proportion_power(made.discordant, 0.005), 300));
  }
  EXPECT_LT(reach.deviations_alone, reach.deviations_corrected);
  const Reach uncorrected = reckoned(300, 0, 10, false, {});
  EXPECT_EQ(uncorrected.deviations_alone, uncorrected.deviations_corrected);
}

TEST(ReachTest, ClustersCountInThePlaceOfExamples) {
  EXPECT_EQ(reckoned(1000, 50, 1, true, {}).deviations_alone, reckoned(50, 0, 1, true, {}).deviations_alone);
}

TEST(ReachTest, TheTextNamesWhatTheDifferenceToDetectNeeds) {
  const auto lines = text_of(reckoned(300, 0, 3, true, 0.05));
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_THAT(lines[0], HasSubstr("300 test examples"));
  EXPECT_THAT(
      lines[1],
      HasSubstr("the difference to detect needs 15"));  // 1,567 by Connor's formula with half of the pairs discordant
  EXPECT_THAT(text_of(reckoned(300, 0, 3, true, 0.3))[2], HasSubstr("larger than such answers allow"));
}

}  // namespace
}  // namespace assay::plan
