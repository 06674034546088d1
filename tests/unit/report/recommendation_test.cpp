#include "report/recommendation.h"

#include <gmock/gmock.h>

#include "report/ranking.h"
#include "unit/report/sample.h"

namespace assay::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Recommendation recommended(Dataset dataset, std::optional<double> latency = std::nullopt, const Terms& terms = {}) {
  rank(dataset);
  ReportData report;
  report.terms = terms;
  report.max_latency_p95_ms = latency;
  report.datasets = {std::move(dataset)};
  judge_constraints(report);
  return recommend(report.datasets[0], report);
}

Terms within(double margin) {
  Terms terms;
  terms.equivalence_margin = margin;
  return terms;
}

Terms expecting(double volume) {
  Terms terms;
  terms.volume = volume;
  return terms;
}

std::string text(const Recommendation& r) {
  std::string out;
  for (const std::string& s : r.sentences) out += (out.empty() ? "" : " ") + s;
  return out;
}

Dataset prompting_against_training(double zero, double few, double lora) {
  Dataset d = tickets();
  const auto put = [&](const char* id, Family family, double v) -> Group& {
    return add(d, id, family, v, v - 0.03, v + 0.03);
  };
  put("zero_shot", Family::prompting, zero).costs = {0, 1, kUnknown, 30, 2, kUnknown, kUnknown};
  put("few_shot(shots=8)", Family::prompting, few).costs = {0, 4, kUnknown, 250, 2, kUnknown, kUnknown};
  put("lora(rank=8)", Family::fine_tuning, lora).costs = {34.2, 1, 98304, 30, 2, kUnknown, kUnknown};
  const auto pair = [&](const char* a, const char* b, double x) { compare(d, a, b, x, x - 0.04, x + 0.04); };
  pair("zero_shot", "few_shot(shots=8)", zero - few);
  pair("zero_shot", "lora(rank=8)", zero - lora);
  pair("few_shot(shots=8)", "lora(rank=8)", few - lora);
  return d;
}

TEST(RecommendationTest, FineTuningWins) {
  const Recommendation r = recommended(prompting_against_training(0.23, 0.8, 0.96));
  EXPECT_EQ(r.group, "lora(rank=8)");
  EXPECT_EQ(
      text(r),
      "Choose `lora(rank=8)`: f1 96.0 % [93.0, 99.0], better than every other cell. "
      "It beats the baseline `zero_shot` by 73.0 points [69.0, 77.0]. "
      "It beats the best prompting cell (`few_shot(shots=8)`) by 16.0 points [12.0, 20.0]. "
      "Its cost: 34.2 s of training (98,304 parameters) and 32.0 tokens a request. "
      "With 300 test examples, one comparison at 95 % finds a true difference of about 5.6 points four times in five; "
      "smaller ones often go unnoticed. "
      "It was trained under one seed, so how much trainings differ is not known.");
}

TEST(RecommendationTest, PromptingWins) {
  const Recommendation r = recommended(prompting_against_training(0.08, 0.95, 0.12));
  EXPECT_EQ(r.group, "few_shot(shots=8)");
  EXPECT_EQ(
      text(r),
      "Choose `few_shot(shots=8)`: f1 95.0 % [92.0, 98.0], better than every other cell. "
      "It beats the baseline `zero_shot` by 87.0 points [83.0, 91.0]. "
      "It beats the best fine-tuning cell (`lora(rank=8)`) by 83.0 points [79.0, 87.0]. "
      "Its cost: no training and 252 tokens a request. "
      "With 300 test examples, one comparison at 95 % finds a true difference of about 5.6 points four times in five; "
      "smaller ones often go unnoticed.");
}

TEST(RecommendationTest, OfTiedCellsTheOneThatNeedsNoTrainingIsChosen) {
  const Recommendation r = recommended(prompting_against_training(0.23, 0.9, 0.92));
  EXPECT_EQ(r.group, "few_shot(shots=8)");
  EXPECT_THAT(text(r), HasSubstr("the cheapest of 2 cells tied at the top."));
  EXPECT_THAT(text(r),
              HasSubstr("The highest value is that of `lora(rank=8)` (92.0 % [89.0, 95.0]); the choice is not shown "
                        "to differ from it (gain −2.0 [−6.0, +2.0])."));
}

TEST(RecommendationTest, WhenNothingIsSignificantThatIsSaidWithTheExamplesThatWouldTell) {
  const Recommendation r = recommended(prompting_against_training(0.5, 0.52, 0.51));
  EXPECT_EQ(r.group, "zero_shot");
  EXPECT_EQ(r.sentences[0],
            "No cell is shown to be better than another: these data cannot tell which is best. Until others can, the "
            "cheapest will do, `zero_shot`: "
            "f1 50.0 % [47.0, 53.0].");
  EXPECT_EQ(r.sentences[1], "It is the baseline.");
  EXPECT_FALSE(r.decided);
  EXPECT_THAT(text(r), HasSubstr("Were `few_shot(shots=8)` really better by the 2.0 points seen here, about 2,400 test "
                                 "examples would show it four "
                                 "times in five; there were 300."));
}

TEST(RecommendationTest, CellsThatAreEquallyGoodWithinTheMarginAreADecision) {
  const Dataset d = prompting_against_training(0.5, 0.52, 0.51);
  const Recommendation r = recommended(d, std::nullopt, within(0.06));
  EXPECT_TRUE(r.decided);
  EXPECT_EQ(
      r.sentences[0],
      "All cells are equally good within 6.0 points, so choose the cheapest, `zero_shot`: f1 50.0 % [47.0, 53.0].");
  EXPECT_THAT(text(r), Not(HasSubstr("would show it")));
  EXPECT_FALSE(recommended(d, std::nullopt, within(0.05)).decided) << "0.02 + 0.034 is above it";
}

/// few_shot and lora tied at the top: lora's training costs a dollar, its requests half of few_shot's.
Dataset tied_with_prices() {
  Dataset d = prompting_against_training(0.23, 0.9, 0.92);
  d.groups[0].costs.dollars_per_1k = 0.1;
  d.groups[1].costs.dollars_per_1k = 0.4;
  d.groups[2].costs.dollars_per_1k = 0.2;
  d.groups[2].costs.adapt_dollars = 1;
  return d;
}

TEST(RecommendationTest, TheVolumeDecidesAmongEqualsAndTheOneThatWouldTurnItIsSaid) {
  const Recommendation few = recommended(tied_with_prices(), std::nullopt, expecting(1000));
  EXPECT_EQ(few.group, "few_shot(shots=8)");
  // N* = 1 $ / (0.0004 - 0.0002) $ = 5,000
  EXPECT_THAT(text(few), HasSubstr("From 5,000 requests `lora(rank=8)`, which is tied with it, costs less in total."));
  EXPECT_THAT(text(few), HasSubstr("$0.400 for the expected 1,000."));
  const Recommendation many = recommended(tied_with_prices(), std::nullopt, expecting(10'000));
  EXPECT_EQ(many.group, "lora(rank=8)");
  EXPECT_THAT(text(many), HasSubstr("Up to 5,000 requests `few_shot(shots=8)`, which is tied with it, costs less in "
                                    "total; beyond that the choice does."));
}

TEST(RecommendationTest, WhatHasNoPriceIsNotKnownToBeCheaper) {
  Dataset d = tied_with_prices();
  d.groups[1].costs.dollars_per_1k = kUnknown;
  EXPECT_EQ(recommended(d).group, "lora(rank=8)");
  d.groups[2].costs.dollars_per_1k = kUnknown;
  EXPECT_EQ(recommended(d).group, "few_shot(shots=8)") << "nothing is priced: the one without training";
}

TEST(RecommendationTest, WhereNoVolumeTurnsItThePriceThatWouldIsSaid) {
  Dataset d = tied_with_prices();
  d.groups[2].costs.dollars_per_1k = 0.8;
  EXPECT_THAT(text(recommended(d)), HasSubstr("`lora(rank=8)`, which is tied with it, costs more at any volume; it "
                                              "would cost less were its price more than 50 % lower."));
}

TEST(RecommendationTest, WhatLessQualityWouldSaveIsSaid) {
  Dataset d = prompting_against_training(0.23, 0.8, 0.96);
  d.groups[0].costs.dollars_per_1k = 0.05;
  d.groups[1].costs.dollars_per_1k = 0.1;
  d.groups[2].costs.dollars_per_1k = 0.4;
  EXPECT_THAT(
      text(recommended(d)),
      HasSubstr(
          "Who can do with 16.0 points [12.0, 20.0] less pays 75 % less for a request with `few_shot(shots=8)`."));
  d.groups[1].costs.dollars_per_1k = 0.5;
  EXPECT_THAT(text(recommended(d)), Not(HasSubstr("Who can do with"))) << "zero_shot keeps nothing of the lead";
}

TEST(RecommendationTest, TheLearningCurveSaysWhetherMoreRowsPromiseMore) {
  Dataset d = prompting_against_training(0.23, 0.8, 0.96);
  d.curves = {{"lora", {{50, "few_shot(shots=8)"}, {500, "lora(rank=8)"}}}};
  EXPECT_THAT(
      text(recommended(d)),
      HasSubstr("From 50 to 500 training rows it gained 16.0 points [12.0, 20.0]: more rows may well give more."));
  Dataset flat = prompting_against_training(0.23, 0.95, 0.96);
  flat.curves = d.curves;
  flat.groups[1].costs.completion_tokens = flat.groups[1].costs.prompt_tokens = 1000;
  flat.groups[1].family = Family::fine_tuning, flat.groups[1].costs.adapt_seconds = 100;
  EXPECT_THAT(text(recommended(flat)),
              HasSubstr("From 50 to 500 training rows it is not shown to have gained: more rows promise little."));
}

TEST(RecommendationTest, ALeadThatFurtherSeedsMayTakeIsSaidToBeOne) {
  Dataset d = prompting_against_training(0.23, 0.8, 0.96);
  d.groups[2].seeds = {1, 2, 3};
  Difference& difference = d.pairs[{0, "zero_shot", "lora(rank=8)"}];
  difference.seeds_low = -1.5, difference.seeds_high = 0.04;
  EXPECT_THAT(text(recommended(d)), HasSubstr("is shown for these 3 trainings; for trainings under further seeds it is "
                                              "not [−4.0, +150.0]: more seeds would tell."));
  difference.seeds_high = -0.5;
  EXPECT_THAT(text(recommended(d)), Not(HasSubstr("further seeds")));
}

TEST(RecommendationTest, FewClustersAreFlagged) {
  Dataset d = prompting_against_training(0.23, 0.8, 0.96);
  d.clusters = 30;
  EXPECT_THAT(
      text(recommended(d)),
      HasSubstr("The examples come in 30 clusters, and these are what intervals and tests count; they are few"));
}

TEST(RecommendationTest, AConstraintMovesTheChoiceAndItsPriceIsSaid) {
  Dataset d = prompting_against_training(0.23, 0.8, 0.96);
  d.groups[0].costs.latency_p95_ms = 10;
  d.groups[1].costs.latency_p95_ms = 15;
  d.groups[2].costs.latency_p95_ms = 40;
  const Recommendation r = recommended(d, 20);
  EXPECT_EQ(r.group, "few_shot(shots=8)");
  EXPECT_TRUE(r.meets_constraints);
  EXPECT_EQ(r.sentences[0], "Choose `few_shot(shots=8)`: f1 80.0 % [77.0, 83.0], the best within the constraints.");
  EXPECT_THAT(
      text(r),
      HasSubstr("The highest value is that of `lora(rank=8)` (96.0 % [93.0, 99.0]), whose latency p95 40.0 ms is "
                "above 20.0 ms; the choice is worse than it by 16.0 points [12.0, 20.0]."));
}

TEST(RecommendationTest, WhenNoCellMeetsTheConstraintsTheBestIsNamedWithWhatItBreaks) {
  Dataset d = prompting_against_training(0.23, 0.8, 0.96);
  for (Group& g : d.groups) g.costs.latency_p95_ms = 50;
  const Recommendation r = recommended(d, 20);
  EXPECT_EQ(r.group, "lora(rank=8)");
  EXPECT_FALSE(r.meets_constraints);
  EXPECT_EQ(r.sentences[0],
            "No cell meets the constraints; the best without them is `lora(rank=8)` (f1 96.0 % [93.0, 99.0]), but its "
            "latency p95 "
            "50.0 ms is above 20.0 ms.");
}

TEST(RecommendationTest, AConstraintThatNothingMeasuredIsSaidToBeUnknown) {
  EXPECT_THAT(
      text(recommended(prompting_against_training(0.23, 0.8, 0.96), 20)),
      HasSubstr("Whether it keeps the limit on latency p95 is not known: no metric of the experiment measured it."));
}

TEST(RecommendationTest, LessIsBetterIsPutAsAGain) {
  Dataset d = tickets();
  d.outputs[0] = {"latency", "latency.p95", "ms", false, false, 50};
  d.baseline = "slow";
  add(d, "slow", Family::prompting, 90, 80, 100);
  add(d, "fast", Family::prompting, 10, 9, 11);
  compare(d, "slow", "fast", 80, 70, 90);
  EXPECT_EQ(recommended(d).sentences[1], "It beats the baseline `slow` by 80.0 ms [70.0, 90.0].");
}

TEST(RecommendationTest, TheSpreadBetweenSeedsIsSaidApart) {
  Dataset d = prompting_against_training(0.23, 0.8, 0.96);
  d.groups[2].seeds = {1, 2, 3};
  d.groups[2].distinct = 3;
  d.groups[2].values[0].by_seed = {0.95, 0.96, 0.97};
  d.groups[2].values[0].seed_sd = 0.01;
  EXPECT_THAT(text(recommended(d)),
              AllOf(HasSubstr("Its 3 seeds have a standard deviation of 1.0 points."), Not(HasSubstr("one seed"))));
}

TEST(RecommendationTest, FewTestExamplesAreFlagged) {
  Dataset d = prompting_against_training(0.23, 0.8, 0.96);
  EXPECT_THAT(text(recommended(d)), Not(HasSubstr("are few")));
  d.examples = 50;
  EXPECT_THAT(text(recommended(d)),
              HasSubstr("50 test examples are few: intervals said to cover 95 % may cover 90 to 98 %."));
}

TEST(RecommendationTest, ADifferenceThatOnlyItsIntervalShowsIsNotCalledOne) {
  Dataset d = prompting_against_training(0.23, 0.8, 0.96);
  for (auto& [key, difference] : d.pairs) difference.p_adjusted = 0.06;
  EXPECT_THAT(text(recommended(d)),
              AllOf(HasSubstr("No cell is shown to be better than another"), Not(HasSubstr("beats"))));
}

TEST(RecommendationTest, NothingIsRecommendedWithoutAResult) {
  Dataset d = tickets();
  add(d, "zero_shot", Family::prompting, kUnknown, kUnknown, kUnknown);
  const Recommendation r = recommended(d);
  EXPECT_TRUE(r.group.empty());
  EXPECT_EQ(text(r), "Nothing can be recommended: no cell has a result.");
}

TEST(RecommendationTest, TheOverallAnswerSaysWhenItDependsOnTheTask) {
  EXPECT_EQ(whole_report().overall,
            "The answer depends on the task: prompting (`chain_of_thought` on arithmetic) and fine-tuning "
            "(`lora(rank=8)` on tickets).");
}

TEST(RecommendationTest, ThreeDatasetsAndMoreSayWhereEachStrategyHelpsAndHurts) {
  ReportData report = whole_report();
  const Dataset one = report.datasets[1];
  report.datasets = {one, one, one};
  for (std::size_t i = 0; i < 3; ++i) report.datasets[i].name = std::string(1, static_cast<char>('a' + i));
  for (auto& [groups, difference] : report.datasets[1].pairs) difference = difference.reversed();
  EXPECT_THAT(recommend_overall(report),
              HasSubstr(" Against the baseline `zero_shot`, `chain_of_thought` is, of 3 datasets, better on 2 (a and "
                        "c) and worse on 1 (b). Against the "
                        "baseline `zero_shot`, `lora(rank=8)` is, of 3 datasets, not shown to differ on 3 (a, b and "
                        "c). Each of these 6 comparisons is "
                        "paired and made at 95 %, adjusted by Holm for all comparisons of the experiment."));
}

TEST(RecommendationTest, OneDatasetNeedsNoOverallAnswer) {
  ReportData report = whole_report();
  report.datasets.pop_back();
  EXPECT_TRUE(recommend_overall(report).empty());
}

}  // namespace
}  // namespace assay::report
