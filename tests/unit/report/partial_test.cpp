// Runs that are not all there: every form says what is missing, and no interval is invented.
#include <gmock/gmock.h>

#include <cmath>

#include "report/comparisons.h"
#include "report/format.h"
#include "report/ranking.h"
#include "report/recommendation.h"
#include "report/terminal.h"
#include "report/writers.h"
#include "unit/report/sample.h"

namespace assay::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// The comparison of two groups on so many examples, as a worker writes it.
Json comparison(std::size_t examples, double value, double low, double high) {
  const auto output = [&](double v) {
    return Json{{"name", "accuracy"}, {"unit", ""},   {"higher_is_better", true}, {"value", v},
                {"low", low},         {"high", high}, {"seed_sd", nullptr},       {"by_seed", {v}}};
  };
  const Json pair{{"name", "accuracy"},   {"difference", -value},    {"low", -value},     {"high", -value},
                  {"p_value", 1.0},       {"test", "mcnemar_mid_p"}, {"detectable", 1.2}, {"needed", 4.0},
                  {"narrow_low", -value}, {"narrow_high", -value}};
  return {{"metric", "accuracy"},
          {"examples", examples},
          {"clusters", nullptr},
          {"cells",
           {{{"group", "zero_shot"}, {"outputs", {output(0)}}}, {{"group", "lora"}, {"outputs", {output(value)}}}}},
          {"pairs", {{{"a", "zero_shot"}, {"b", "lora"}, {"outputs", {pair}}}}}};
}

ReportData of_examples(std::size_t examples, double value, double low, double high) {
  ReportData report;
  report.experiment = "demo";
  report.resamples = 2000;
  Dataset dataset = tickets();
  dataset.examples = examples;
  add(dataset, "zero_shot", Family::prompting, 0, 0, 0);
  add(dataset, "lora", Family::fine_tuning, 0, 0, 0);
  dataset.outputs.clear();
  for (Group& g : dataset.groups) g.values.clear();
  add_comparison(dataset, "accuracy", comparison(examples, value, low, high));
  mark_shares(dataset);
  report.datasets = {dataset};
  adjust_for_many(report);
  rank(report.datasets[0]);
  judge_constraints(report);
  report.datasets[0].recommendation = recommend(report.datasets[0], report);
  return report;
}

TEST(PartialTest, OneExampleHasNoResampledIntervalInAnyForm) {
  const ReportData report = of_examples(1, 1, 1, 1);
  EXPECT_THAT(markdown(report), AllOf(HasSubstr("100.0 (no interval)"), HasSubstr("+100.0 (no interval)"),
                                      Not(HasSubstr("[100.0, 100.0]")), Not(HasSubstr("would show it")),
                                      HasSubstr("One test example shows next to nothing")));
  EXPECT_THAT(terminal(report, 160), AllOf(HasSubstr("(no interval)"), Not(HasSubstr("[100.0, 100.0]"))));
  const Json difference = Json::parse(json(report)).at("datasets").at(0).at("pairs").at(0);
  for (const char* key : {"low", "high", "narrow_low", "narrow_high", "detectable", "needed"})
    EXPECT_TRUE(difference.at(key).is_null()) << key;
  EXPECT_THAT(csv(report), HasSubstr(",1,,,0.95,"));
}

TEST(PartialTest, WilsonsIntervalOfOneExampleIsOne) {
  EXPECT_THAT(markdown(of_examples(1, 1, 0.207, 1)), HasSubstr("100.0 [20.7, 100.0]"));
}

TEST(PartialTest, TwoExamplesKeepWhatWasResampled) {
  EXPECT_THAT(markdown(of_examples(2, 1, 1, 1)), HasSubstr("+100.0 [+100.0, +100.0]"));
}

TEST(PartialTest, OneSeedHasNoSpread) {
  const ReportData report = of_examples(300, 0.9, 0.86, 0.94);
  EXPECT_THAT(markdown(report),
              AllOf(HasSubstr("It was trained under one seed, so how much trainings differ is not known."),
                    Not(HasSubstr("SD"))));
  EXPECT_TRUE(
      Json::parse(json(report)).at("datasets").at(0).at("groups").at(0).at("values").at(0).at("seed_sd").is_null());
}

TEST(PartialTest, ACellThatFailedAndOneThatWasNotRunAreToldApart) {
  ReportData report = whole_report();
  Group stopped = report.datasets[0].groups.back();
  stopped.id = stopped.label = "stopped";
  stopped.failures = {kNotRun};
  report.datasets[0].groups.push_back(stopped);
  EXPECT_THAT(markdown(report),
              AllOf(HasSubstr("| – | `stopped` | not run |"), HasSubstr("` | failed |"), HasSubstr("9 of 11 cells")));
  EXPECT_THAT(junit(report),
              AllOf(HasSubstr("<skipped message=\"it was not run\"/>"), HasSubstr("<failure type=\"failed\"")));
  EXPECT_THAT(terminal(report, 80), AllOf(HasSubstr("not run"), HasSubstr("failed")));
  const Json groups = Json::parse(json(report)).at("datasets").at(0).at("groups");
  EXPECT_EQ(groups.back().at("failures").at(0), kNotRun);
  EXPECT_TRUE(groups.back().at("values").at(0).at("low").is_null());
  EXPECT_TRUE(groups.back().at("rank").is_null());
}

TEST(PartialTest, ACellThatLostASeedSaysSoEverywhere) {
  ReportData report = whole_report();
  report.datasets[0].groups[1].failures = {"the time limit of 60 s was reached"};
  EXPECT_THAT(terminal(report, 80), HasSubstr("`lora(rank=8)`: 1 of 2 seeds without a result."));
  EXPECT_THAT(csv(report), HasSubstr("the time limit of 60 s was reached"));
  EXPECT_THAT(junit(report), HasSubstr("the time limit of 60 s was reached"));
}

}  // namespace
}  // namespace assay::report
