// What the recommendation says where the truth is planted: one golden page, to be read as a founder would read it.
#include <gmock/gmock.h>

#include <functional>

#include "report/ranking.h"
#include "report/recommendation.h"
#include "unit/report/golden.h"
#include "unit/report/sample.h"

namespace assay::report {
namespace {

struct Scenario {
  const char* name;
  const char* group;  ///< that must be recommended
  std::function<void(ReportData&)> plant;
};

struct Cell {
  const char* id;
  Family family;
  double value;
};

/// Cells whose intervals are ±half, compared in all pairs with ±half·4/3.
Dataset measured(const std::vector<Cell>& cells, double half = 0.03) {
  Dataset d = tickets();
  for (const Cell& c : cells) {
    Group& g = add(d, c.id, c.family, c.value, c.value - half, c.value + half);
    g.costs.adapt_seconds = c.family == Family::prompting ? 0 : 34.2;
    g.costs.prompt_tokens = std::string(c.id).find("few_shot") == std::string::npos ? 30 : 250;
    g.costs.completion_tokens = 2;
    if (c.family != Family::prompting) g.costs.trained_parameters = 98304;
  }
  for (std::size_t a = 0; a < cells.size(); ++a)
    for (std::size_t b = a + 1; b < cells.size(); ++b) {
      const double x = cells[a].value - cells[b].value;
      compare(d, cells[a].id, cells[b].id, x, x - half * 4 / 3, x + half * 4 / 3);
    }
  return d;
}

void price(Group& g, double per_1k, double once) { g.costs.dollars_per_1k = per_1k, g.costs.adapt_dollars = once; }

const std::vector<Cell> kThree{
    {"zero_shot", Family::prompting, 0.62}, {"few_shot", Family::prompting, 0.8}, {"lora", Family::fine_tuning, 0.96}};
const std::vector<Cell> kTied{
    {"zero_shot", Family::prompting, 0.62}, {"few_shot", Family::prompting, 0.9}, {"lora", Family::fine_tuning, 0.915}};

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all{
      {"a clear winner", "lora", [](ReportData& r) { r.datasets = {measured(kThree)}; }},
      {"a tie", "few_shot", [](ReportData& r) { r.datasets = {measured(kTied)}; }},
      {"too little data", "zero_shot",
       [](ReportData& r) {
         r.datasets = {measured({{"zero_shot", Family::prompting, 0.6},
                                 {"few_shot", Family::prompting, 0.7},
                                 {"lora", Family::fine_tuning, 0.75}},
                                0.2)};
         r.datasets[0].examples = 20;
         for (auto& [unused, difference] : r.datasets[0].pairs) difference.needed *= 20.0 / 300;
       }},
      {"a constraint excludes the winner", "few_shot",
       [](ReportData& r) {
         r.datasets = {measured(kThree)};
         r.max_latency_p95_ms = 20;
         for (Group& g : r.datasets[0].groups) g.costs.latency_p95_ms = g.id == "lora" ? 45 : 12;
       }},
      {"training is never repaid", "few_shot",
       [](ReportData& r) {
         r.datasets = {measured(kTied)};
         r.terms.volume = 10'000;
         price(r.datasets[0].groups[0], 0.1, 0), price(r.datasets[0].groups[1], 0.4, 0),
             price(r.datasets[0].groups[2], 0.6, 3);
       }},
      {"a hybrid wins", "lora + few_shot",
       [](ReportData& r) {
         std::vector<Cell> cells = kThree;
         cells[2].value = 0.86;
         cells.push_back({"lora + few_shot", Family::hybrid, 0.97});
         r.datasets = {measured(cells)};
       }},
      {"the metrics disagree", "lora",
       [](ReportData& r) {
         r.datasets = {measured(kThree)};
         Dataset& d = r.datasets[0];
         d.outputs.push_back({"json_match", "json_match", "", true, true, 300});
         for (Group& g : d.groups) g.values.push_back({g.id == "few_shot" ? 0.99 : 0.9, 0.87, 1, kUnknown, {}});
         d.pairs[{1, "few_shot", "lora"}] = {.value = 0.09, .low = 0.05, .high = 0.13, .p_value = 0.0005};
       }},
      {"one model is cheaper at volume", "lora · nano", [](ReportData& r) {
         r.datasets = {measured({{"zero_shot · mini", Family::prompting, 0.7},
                                 {"few_shot · mini", Family::prompting, 0.91},
                                 {"lora · nano", Family::fine_tuning, 0.9}})};
         r.datasets[0].baseline = "zero_shot · mini";
         r.terms.volume = 1'000'000;
         price(r.datasets[0].groups[0], 0.05, 0), price(r.datasets[0].groups[1], 0.3, 0),
             price(r.datasets[0].groups[2], 0.02, 8);
       }}};
  return all;
}

ReportData judged(const Scenario& scenario) {
  ReportData report;
  report.resamples = 2000;
  scenario.plant(report);
  adjust_for_many(report);
  rank(report.datasets[0]);
  judge_constraints(report);
  report.datasets[0].recommendation = recommend(report.datasets[0], report);
  return report;
}

TEST(ScenariosTest, TheRightCellIsRecommended) {
  for (const Scenario& scenario : scenarios())
    EXPECT_EQ(judged(scenario).datasets[0].recommendation.group, scenario.group) << scenario.name;
}

TEST(ScenariosTest, WhatIsSaidIsAsAgreed) {
  std::string page;
  for (const Scenario& scenario : scenarios()) {
    page += std::string("# ") + scenario.name + "\n\n";
    const ReportData report = judged(scenario);
    for (const std::string& sentence : report.datasets[0].recommendation.sentences) page += "- " + sentence + "\n";
    page += "\n";
  }
  expect_golden("recommendations.md", page);
}

}  // namespace
}  // namespace assay::report
