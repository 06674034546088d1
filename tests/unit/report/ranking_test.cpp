#include "report/ranking.h"

#include <gtest/gtest.h>

#include "unit/report/sample.h"

namespace assay::report {
namespace {

TEST(RankingTest, GroupsWhoseDifferenceToTheBestHoldsZeroShareTheFirstRank) {
  Dataset d = tickets();
  add(d, "a", Family::prompting, 0.5, 0.4, 0.6);
  add(d, "b", Family::prompting, 0.8, 0.7, 0.9);
  add(d, "c", Family::prompting, 0.79, 0.7, 0.9);
  compare(d, "a", "b", -0.3, -0.4, -0.2);
  compare(d, "a", "c", -0.29, -0.4, -0.2);
  compare(d, "b", "c", 0.01, -0.05, 0.07);
  rank(d);
  EXPECT_EQ(d.groups[0].id, "b");
  EXPECT_EQ(d.groups[0].rank, 1);
  EXPECT_TRUE(d.groups[0].tied);
  EXPECT_EQ(d.groups[1].id, "c");
  EXPECT_EQ(d.groups[1].rank, 1);
  EXPECT_EQ(d.groups[2].rank, 3);
  EXPECT_FALSE(d.groups[2].tied);
}

TEST(RankingTest, TheNextTierIsJudgedByItsOwnBest) {
  Dataset d = tickets();
  add(d, "a", Family::prompting, 0.9, 0.85, 0.95);
  add(d, "b", Family::prompting, 0.7, 0.6, 0.8);
  add(d, "c", Family::prompting, 0.65, 0.55, 0.75);
  add(d, "d", Family::prompting, 0.3, 0.2, 0.4);
  compare(d, "a", "b", 0.2, 0.1, 0.3);
  compare(d, "a", "c", 0.25, 0.15, 0.35);
  compare(d, "a", "d", 0.6, 0.5, 0.7);
  compare(d, "b", "c", 0.05, -0.02, 0.12);
  compare(d, "b", "d", 0.4, 0.3, 0.5);
  rank(d);
  EXPECT_EQ(d.groups[1].rank, 2);
  EXPECT_EQ(d.groups[2].rank, 2);
  EXPECT_EQ(d.groups[3].rank, 4);
}

TEST(RankingTest, LessIsBetterWhereTheMetricSaysSo) {
  Dataset d = tickets();
  d.outputs[0] = {"latency", "latency.p95", "ms", false, false, 50};
  add(d, "slow", Family::prompting, 90, 80, 100);
  add(d, "fast", Family::prompting, 10, 9, 11);
  compare(d, "slow", "fast", 80, 70, 90);
  rank(d);
  EXPECT_EQ(d.groups[0].id, "fast");
  EXPECT_EQ(d.groups[1].rank, 2);
}

TEST(RankingTest, AGroupWithoutAValueComesLastAndHasNoRank) {
  Dataset d = tickets();
  add(d, "failed", Family::prompting, kUnknown, kUnknown, kUnknown);
  add(d, "a", Family::prompting, 0.1, 0.05, 0.2);
  rank(d);
  EXPECT_EQ(d.groups[0].id, "a");
  EXPECT_FALSE(d.groups[0].tied);
  EXPECT_EQ(d.groups[1].rank, 0);
}

TEST(RankingTest, ComparisonsOfAnOutputAreOneFamilyOverAllDatasets) {
  ReportData report;
  report.confidence = 0.9;
  for (const char* name : {"one", "two"}) {
    report.datasets.push_back(tickets());
    report.datasets.back().name = name;
  }
  report.datasets[0].outputs.push_back({"latency", "latency.p95", "ms", false, false, 50});
  report.datasets[0].pairs = {{{0, "a", "b"}, {.value = 0.1, .low = 0.01, .high = 0.2, .p_value = 0.03}},
                              {{1, "a", "b"}, {.value = 5, .low = 1, .high = 9, .p_value = 0.04}}};
  report.datasets[1].pairs = {{{0, "a", "b"}, {.value = 0.1, .low = 0.01, .high = 0.2, .p_value = 0.09}},
                              {{0, "a", "c"}, {.value = 0.1, .low = 0.01, .high = 0.2, .p_value = 0.07}}};
  adjust_for_many(report);
  EXPECT_DOUBLE_EQ(report.datasets[0].difference(0, "a", "b")->p_adjusted, 3 * 0.03);
  EXPECT_DOUBLE_EQ(report.datasets[0].difference(1, "a", "b")->p_adjusted, 0.04) << "another output is another family";
  EXPECT_DOUBLE_EQ(report.datasets[1].difference(0, "b", "a")->p_adjusted, 2 * 0.07);
  EXPECT_TRUE(report.datasets[0].difference(0, "a", "b")->shown());
  EXPECT_FALSE(report.datasets[1].difference(0, "a", "c")->shown()) << "though its interval excludes 0";
}

TEST(RankingTest, WhatIsNotShownAfterAdjustingIsTied) {
  Dataset d = tickets();
  add(d, "a", Family::prompting, 0.8, 0.7, 0.9);
  add(d, "b", Family::prompting, 0.7, 0.6, 0.8);
  compare(d, "a", "b", 0.1, 0.01, 0.2);
  d.pairs.begin()->second.p_adjusted = 0.06;
  rank(d);
  EXPECT_EQ(d.groups[1].rank, 1);
}

TEST(RankingTest, WhatWasNotComparedInAPairIsApartOnlyWhereIntervalsDoNotMeet) {
  Dataset d = tickets();
  add(d, "a", Family::prompting, 0.9, 0.8, 1);
  add(d, "b", Family::prompting, 0.75, 0.65, 0.85);
  add(d, "c", Family::prompting, 0.5, 0.4, 0.6);
  rank(d);
  EXPECT_EQ(d.groups[1].rank, 1);
  EXPECT_EQ(d.groups[2].rank, 3);
}

TEST(RankingTest, ADifferenceReadsBothWaysRound) {
  Dataset d = tickets();
  compare(d, "a", "b", 0.2, 0.1, 0.35);
  const auto turned = d.difference(0, "b", "a");
  ASSERT_TRUE(turned);
  EXPECT_EQ(turned->value, -0.2);
  EXPECT_EQ(turned->low, -0.35);
  EXPECT_EQ(turned->high, -0.1);
  EXPECT_FALSE(d.difference(0, "a", "c"));
}

TEST(ConstraintsTest, ALimitIsBrokenKeptOrUnjudged) {
  ReportData report;
  report.max_latency_p95_ms = 20;
  report.max_cost_per_1k = 0.5;
  Dataset d = tickets();
  add(d, "slow", Family::prompting, 0.9, 0.8, 1).costs.latency_p95_ms = 35;
  add(d, "fast", Family::prompting, 0.8, 0.7, 0.9).costs = {0, 1, 0, 10, 1, 0.2, 19};
  rank(d);
  report.datasets = {d};
  judge_constraints(report);
  const Dataset& judged = report.datasets[0];
  EXPECT_EQ(judged.groups[0].violations, (std::vector<std::string>{"latency p95 35.0 ms is above 20.0 ms"}));
  EXPECT_EQ(judged.groups[0].unjudged, (std::vector<std::string>{"cost of 1,000 requests"}));
  EXPECT_TRUE(judged.groups[1].violations.empty());
  EXPECT_TRUE(judged.groups[1].unjudged.empty());
}

/// Three comparisons with the p-values 0.01, 0.02 and 0.03; "b" is the baseline, so the first two are with it.
ReportData with_p_values(const std::string& family, const std::string& correction) {
  Dataset d = tickets();
  d.baseline = "b";
  compare(d, "a", "b", 0.1, 0.05, 0.15);
  compare(d, "b", "c", 0.1, 0.05, 0.15);
  compare(d, "a", "c", 0.2, 0.15, 0.25);
  d.pairs[{0, "a", "b"}].p_value = 0.01;
  d.pairs[{0, "b", "c"}].p_value = 0.02;
  d.pairs[{0, "a", "c"}].p_value = 0.03;
  ReportData report;
  report.terms.family = family;
  report.terms.correction = correction;
  report.datasets = {d};
  adjust_for_many(report);
  return report;
}

double adjusted(const ReportData& report, const char* a, const char* b) {
  return report.datasets[0].pairs.at({0, a, b}).p_adjusted;
}

TEST(RankingTest, TheDeclaredFamilyIsCorrectedTogether) {
  const ReportData all = with_p_values("all", "holm");
  EXPECT_DOUBLE_EQ(adjusted(all, "a", "b"), 0.03);
  EXPECT_DOUBLE_EQ(adjusted(all, "b", "c"), 0.04);
  const ReportData baseline = with_p_values("baseline", "holm");
  EXPECT_DOUBLE_EQ(adjusted(baseline, "a", "b"), 0.02);
  EXPECT_DOUBLE_EQ(adjusted(baseline, "b", "c"), 0.02);
  EXPECT_DOUBLE_EQ(adjusted(baseline, "a", "c"), 0.04) << "outside the family: with all";
}

TEST(RankingTest, TheCorrectionIsTheDeclaredOne) {
  EXPECT_DOUBLE_EQ(adjusted(with_p_values("all", "benjamini_hochberg"), "a", "b"), 0.03);
  EXPECT_DOUBLE_EQ(adjusted(with_p_values("all", "benjamini_hochberg"), "a", "c"), 0.03);
  EXPECT_DOUBLE_EQ(adjusted(with_p_values("all", "none"), "b", "c"), 0.02);
}

}  // namespace
}  // namespace assay::report
