#include "unit/report/sample.h"

#include <algorithm>

#include "report/ranking.h"
#include "report/recommendation.h"

namespace assay::report {

Dataset tickets() {
  Dataset dataset;
  dataset.name = "tickets";
  dataset.examples = 300;
  dataset.baseline = "zero_shot";
  dataset.outputs = {{"f1", "f1", "", true, true, 300}};
  return dataset;
}

Group& add(Dataset& dataset, const std::string& id, Family family, double value, double low, double high) {
  Group group;
  group.id = group.label = group.strategy = id;
  group.model = "nano";
  group.family = family;
  group.cells = {"c-" + id};
  group.seeds = {1};
  group.distinct = 1;
  group.values.resize(dataset.outputs.size());
  group.values[dataset.primary] = {value, low, high, kUnknown, {value}};
  dataset.groups.push_back(group);
  return dataset.groups.back();
}

void compare(Dataset& dataset, const std::string& a, const std::string& b, double difference, double low, double high) {
  dataset.pairs[{dataset.primary, a, b}] = {.value = difference,
                                            .low = low,
                                            .high = high,
                                            .p_value = low > 0 || high < 0 ? 0.0005 : 0.4,
                                            .detectable = 0.7 * (high - low),
                                            .needed = 300 * (high - low) * (high - low) / (difference * difference) / 2,
                                            .narrow_low = low + (high - low) * 0.08,
                                            .narrow_high = high - (high - low) * 0.08,
                                            .test = "paired_bootstrap"};
}

void perturb(Dataset& dataset, Group& group, std::uint64_t seed,
             const std::vector<std::pair<std::string, double>>& values, double half_width, double spread_low,
             double spread_high) {
  const double base = group.values[dataset.primary].value;
  Fragility found{group.cells.front(),
                  seed,
                  dataset.outputs[dataset.primary].name,
                  base,
                  0,
                  base,
                  0,
                  spread_low,
                  spread_high,
                  "",
                  {},
                  {}};
  double low = base, high = base, sum = base;
  for (const auto& [name, value] : values) {
    found.variants.push_back(
        {name, value, {value - base, value - base - half_width, value - base + half_width, kUnknown}});
    if (value < low) low = value, found.worst_variant = name;
    high = std::max(high, value), sum += value;
  }
  found.mean = sum / static_cast<double>(values.size() + 1), found.worst = low, found.spread = high - low;
  found.std = found.spread / 2;
  group.fragility.push_back(std::move(found));
}

namespace {

Dataset routing() {
  Dataset dataset = tickets();
  dataset.outputs.push_back({"latency", "latency.p95", "ms", false, false, 50});
  Group& zero = add(dataset, "zero_shot", Family::prompting, 0.233, 0.187, 0.28);
  zero.values[1] = {12.3, 11.8, 13.1, kUnknown, {12.3}};
  zero.costs = {0, 1.9, kUnknown, 31.4, 2.1, kUnknown, 12.3};
  zero.seeds = {1, 2};
  zero.cells = {"c-zero-1", "c-zero-2"};
  zero.examples = {{"17", "Route this: <b>no signal</b> & \"angry\"", " outage\n", "outage", "outage", 1.0},
                   {"18", "Route this: refund please", " I think billing", "", "billing", 0.0}};
  Group& few = add(dataset, "few_shot(shots=8)", Family::prompting, 0.857, 0.817, 0.897);
  few.values[1] = {35.25, 34.0, 36.9, kUnknown, {35.25}};
  few.costs = {0.004, 5.25, kUnknown, 254.8, 2.0, kUnknown, 35.25};
  few.findings = {{"agreement", {0.823, ""}}, {"delay", {12.5, "ms"}}};
  Group& lora = add(dataset, "lora(rank=8)", Family::fine_tuning, 0.995, 0.985, 1);
  lora.values[0] = {0.995, 0.985, 1, 0.0047, {0.9983, 0.9917}};
  lora.values[1] = {12.9, 12.1, 13.8, 0.1, {12.8, 13.0}};
  lora.seeds = {1, 2};
  lora.cells = {"c-lora-1", "c-lora-2"};
  lora.distinct = 2;
  lora.costs = {34.2, 1.95, 98304, 31.4, 2.0, kUnknown, 12.9};
  lora.costs.adapt_tokens = 81200;
  lora.costs.adapt_dollars = 0.0342;
  lora.train_rows = 500;
  for (const std::uint64_t seed : {1, 2}) {
    lora.tuning.push_back(
        {"c-lora-" + std::to_string(seed),
         seed,
         "f1",
         true,
         3,
         {{0, "learning_rate=0.001", 0.91, seed == 2, 11.2, 27100, 0.0112, ""},
          {1, "learning_rate=0.01", seed == 2 ? 0.9 : 0.95, seed == 1, 11.4, 27100, 0.0114, ""},
          {2, "learning_rate=1000.0", kUnknown, false, 11.6, kUnknown, kUnknown, "the loss is |NaN|"}}});
  }
  Group& both = add(dataset, "lora(rank=8) + few_shot(shots=2)", Family::hybrid, 0.997, 0.99, 1);
  both.values[1] = {21.4, 20.9, 22.2, kUnknown, {21.4}};
  both.findings = {{"agreement", {0.7, ""}}};
  both.costs = {34.2, 3.1, 98304, 88.0, 2.0, kUnknown, 21.4};
  Group& broken = add(dataset, "evil|`<script>alert(1)</script>", Family::prompting, kUnknown, kUnknown, kUnknown);
  broken.failures = {"crash_bot 1.0 crashed with SIGSEGV"};
  dataset.curves = {{"lora", {{50, "few_shot(shots=8)"}, {500, "lora(rank=8)"}}}};
  compare(dataset, "zero_shot", "few_shot(shots=8)", -0.624, -0.68, -0.567);
  compare(dataset, "zero_shot", "lora(rank=8)", -0.762, -0.81, -0.712);
  compare(dataset, "zero_shot", "lora(rank=8) + few_shot(shots=2)", -0.764, -0.812, -0.713);
  compare(dataset, "few_shot(shots=8)", "lora(rank=8)", -0.138, -0.178, -0.1);
  compare(dataset, "few_shot(shots=8)", "lora(rank=8) + few_shot(shots=2)", -0.14, -0.18, -0.102);
  compare(dataset, "lora(rank=8)", "lora(rank=8) + few_shot(shots=2)", -0.002, -0.008, 0.005);
  dataset.pairs[{1, "zero_shot", "lora(rank=8)"}] = {-0.6, -1.2, 0.1, 0.09};
  Value& of_lora = dataset.groups[2].values[0];
  of_lora.seeds_low = 0.97, of_lora.seeds_high = 1;
  Difference& trained = dataset.pairs[{0, "zero_shot", "lora(rank=8)"}];
  trained.seeds_low = -0.83, trained.seeds_high = -0.69, trained.seeds_p_value = 0.001;
  const auto cell = [](double value, double gap) {
    return Slices::Cell{{value, value - 0.05, value + 0.05, kUnknown, {}},
                        {.value = gap, .low = gap - 0.02, .high = gap + 0.02}};
  };
  Slices slices{"language", {{"", 40}, {"de|<b>", 160}, {"en", 100}}, {}};
  slices.rows.push_back(
      {"zero_shot", {{cell(0.2, -0.033), cell(0.1, -0.133), cell(0.5, 0.267)}, {}}, {1, std::nullopt}});
  slices.rows.push_back(
      {"lora(rank=8)", {{cell(0.9, -0.095), cell(1, 0.005), cell(1, 0.005)}, {}}, {std::nullopt, std::nullopt}});
  dataset.slices = {slices};
  dataset.fronts = {{"latency.p95",
                     "ms",
                     {{"zero_shot", 12.3, true, 1},
                      {"few_shot(shots=8)", 35.25, false, 0},
                      {"lora(rank=8)", 12.9, true, 1},
                      {"lora(rank=8) + few_shot(shots=2)", 21.4, true, 0.62}}}};
  return dataset;
}

Dataset arithmetic() {
  Dataset dataset = tickets();
  dataset.name = "arithmetic";
  dataset.outputs = {{"accuracy", "accuracy", "", true, true, 300}};
  add(dataset, "zero_shot", Family::prompting, 0.08, 0.05, 0.113).costs = {0, 2, kUnknown, 30, 3, kUnknown, kUnknown};
  add(dataset, "lora(rank=8)", Family::fine_tuning, 0.123, 0.087, 0.16).costs = {29.5, 2,        98304,   30,
                                                                                 3,    kUnknown, kUnknown};
  add(dataset, "chain_of_thought", Family::prompting, 0.973, 0.953, 0.99).costs = {0,  14.5,     kUnknown, 30,
                                                                                   48, kUnknown, kUnknown};
  perturb(dataset, dataset.groups[0], 1, {{"typos=0.1", 0.07}, {"case=upper|<b>", 0.09}}, 0.03, 0, 0.05);
  perturb(dataset, dataset.groups[2], 1, {{"typos=0.1", 0.773}, {"case=upper|<b>", 0.97}}, 0.05, 0.14, 0.26);
  dataset.groups[2].fragility.back().failed = {"shots=reversed"};
  compare(dataset, "zero_shot", "lora(rank=8)", -0.043, -0.09, 0.003);
  compare(dataset, "zero_shot", "chain_of_thought", -0.893, -0.927, -0.857);
  compare(dataset, "lora(rank=8)", "chain_of_thought", -0.85, -0.89, -0.807);
  return dataset;
}

}  // namespace

ReportData whole_report() {
  ReportData report;
  report.experiment = "ticket-routing";
  report.run = 3;
  report.selection = "8 of 12 cells, by --skip seed=3";
  report.status = "failed";
  report.started = "2026-05-04T10:00:00Z";
  report.finished = "2026-05-04T10:03:21Z";
  report.plan_hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  report.prompts = {{"classification@1", "3f2a01bc9d7e3f2a01bc9d7e3f2a01bc9d7e3f2a01bc9d7e3f2a01bc9d7e0123"}};
  report.version = "0.1.0";
  report.resamples = 2000;
  report.max_latency_p95_ms = 20;
  report.datasets = {routing(), arithmetic()};
  adjust_for_many(report);
  for (Dataset& dataset : report.datasets) rank(dataset);
  judge_constraints(report);
  for (Dataset& dataset : report.datasets) dataset.recommendation = recommend(dataset, report);
  report.overall = recommend_overall(report);
  report.failures = {{"ff00",
                      "generate evil|`<script> on nano",
                      "crashed",
                      "crash_bot 1.0 crashed with SIGSEGV",
                      "loading crash_bot\n<boom>\x01",
                      {"evil|`<script>alert(1)</script> · tickets · seed 1"},
                      2}};
  report.warnings = {"throughput was not compared on arithmetic: without an interval its values are not reported."};
  report.settings = {
      {"name", "ticket-routing"},
      {"matrix", {{"seed", {1, 2}}, {"strategy", {{{"zero_shot", Json::object()}}, {{"few_shot", {{"shots", 8}}}}}}}},
      {"generation", {{"stop", {"\n"}}, {"temperature", 0}}}};
  report.stages = {{"aa11223344556677", "generate", "generate zero_shot on nano · tickets", 1.9},
                   {"bb11223344556677", "compare", "compare f1 · tickets", kUnknown}};
  return report;
}

}  // namespace assay::report
