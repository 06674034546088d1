#include <cmath>

#include "report/economics_json.h"
#include "report/writers.h"

namespace assay::report {
namespace {

OrderedJson known(double x) { return std::isfinite(x) ? OrderedJson(x) : OrderedJson(nullptr); }

OrderedJson known(const std::vector<double>& values) {
  OrderedJson out = OrderedJson::array();
  for (const double v : values) out.push_back(known(v));
  return out;
}

OrderedJson over_seeds(double low, double high, std::optional<double> p_value = std::nullopt) {
  if (std::isnan(low)) return nullptr;
  OrderedJson out{{"low", known(low)}, {"high", known(high)}};
  if (p_value) out["p_value"] = known(*p_value);
  return out;
}

OrderedJson difference(const Difference& d) {
  return {{"difference", known(d.value)},
          {"low", known(d.low)},
          {"high", known(d.high)},
          {"p_value", known(d.p_value)},
          {"test", d.test},
          {"p_adjusted", known(d.p_adjusted)},
          {"shown", d.shown()},
          {"excludes_zero", d.excludes_zero()},
          {"detectable", known(d.detectable)},
          {"needed", known(d.needed)},
          {"narrow_low", known(d.narrow_low)},
          {"narrow_high", known(d.narrow_high)},
          {"over_seeds", over_seeds(d.seeds_low, d.seeds_high, d.seeds_p_value)}};
}

OrderedJson slices(const Dataset& dataset, const Slices& table) {
  OrderedJson out{{"by", table.by}, {"slices", OrderedJson::array()}, {"groups", OrderedJson::array()}};
  for (const auto& [name, examples] : table.slices) out["slices"].push_back({{"name", name}, {"examples", examples}});
  for (const Slices::Row& row : table.rows) {
    OrderedJson group{{"group", row.group}, {"values", OrderedJson::array()}};
    for (std::size_t o = 0; o < row.outputs.size(); ++o) {
      if (row.outputs[o].empty()) continue;
      OrderedJson value{{"name", dataset.outputs[o].name},
                        {"worst", row.worst[o] ? OrderedJson(*row.worst[o]) : OrderedJson(nullptr)},
                        {"slices", OrderedJson::array()}};
      for (const Slices::Cell& cell : row.outputs[o])
        value["slices"].push_back({{"value", known(cell.value.value)},
                                   {"low", known(cell.value.low)},
                                   {"high", known(cell.value.high)},
                                   {"gap", known(cell.gap.value)},
                                   {"gap_low", known(cell.gap.low)},
                                   {"gap_high", known(cell.gap.high)}});
      group["values"].push_back(std::move(value));
    }
    out["groups"].push_back(std::move(group));
  }
  return out;
}

OrderedJson front_json(const Front& f) {
  OrderedJson out{{"against", f.against}, {"unit", f.unit}, {"points", OrderedJson::array()}};
  for (const Front::Point& p : f.points)
    out["points"].push_back({{"group", p.group}, {"x", known(p.x)}, {"on", p.on}, {"share", known(p.share)}});
  return out;
}

OrderedJson tuning(const Tuning& t) {
  OrderedJson out{{"cell", t.cell},         {"seed", t.seed},
                  {"output", t.output},     {"higher_is_better", t.higher_is_better},
                  {"settings", t.settings}, {"trials", OrderedJson::array()}};
  for (const TrialRow& trial : t.trials)
    out["trials"].push_back({{"number", trial.number},
                             {"label", trial.label},
                             {"value", known(trial.value)},
                             {"chosen", trial.chosen},
                             {"seconds", known(trial.seconds)},
                             {"tokens", known(trial.tokens)},
                             {"dollars", known(trial.dollars)},
                             {"failure", trial.failure}});
  return out;
}

OrderedJson fragility(const Fragility& f) {
  OrderedJson out{{"cell", f.cell},
                  {"seed", f.seed},
                  {"output", f.output},
                  {"mean", known(f.mean)},
                  {"spread", known(f.spread)},
                  {"spread_low", known(f.spread_low)},
                  {"spread_high", known(f.spread_high)},
                  {"std", known(f.std)},
                  {"worst", known(f.worst)},
                  {"worst_variant", f.worst_variant.empty() ? OrderedJson(nullptr) : OrderedJson(f.worst_variant)},
                  {"variants", OrderedJson::array()}};
  for (const VariantRow& variant : f.variants)
    out["variants"].push_back({{"name", variant.name},
                               {"value", known(variant.value)},
                               {"difference", known(variant.difference.value)},
                               {"low", known(variant.difference.low)},
                               {"high", known(variant.difference.high)}});
  out["failed"] = f.failed;
  return out;
}

OrderedJson learning_curve(const Dataset& dataset, const LearningCurve& curve) {
  OrderedJson out{{"label", curve.label}, {"points", OrderedJson::array()}};
  for (const auto& [rows, id] : curve.points) {
    const Group& g = *dataset.find(id);
    const Value v = dataset.outputs.empty() ? Value{} : g.values[dataset.primary];
    out["points"].push_back({{"train_rows", rows},
                             {"group", id},
                             {"value", known(v.value)},
                             {"low", known(v.low)},
                             {"high", known(v.high)}});
  }
  return out;
}

OrderedJson group(const Dataset& dataset, const Group& g) {
  OrderedJson out{{"group", g.id},
                  {"label", g.label},
                  {"model", g.model},
                  {"strategy", g.strategy},
                  {"family", to_string(g.family)},
                  {"cells", g.cells},
                  {"seeds", g.seeds},
                  {"distinct_results", g.distinct}};
  out["train_rows"] = g.train_rows == 0 ? OrderedJson(nullptr) : OrderedJson(g.train_rows);
  out["rank"] = g.rank == 0 ? OrderedJson(nullptr) : OrderedJson(g.rank);
  out["tied"] = g.tied;
  out["values"] = OrderedJson::array();
  for (std::size_t o = 0; o < dataset.outputs.size(); ++o) {
    const Value& v = g.values[o];
    OrderedJson value{{"name", dataset.outputs[o].name},
                      {"value", known(v.value)},
                      {"low", known(v.low)},
                      {"high", known(v.high)},
                      {"seed_sd", known(v.seed_sd)},
                      {"by_seed", known(v.by_seed)},
                      {"over_seeds", over_seeds(v.seeds_low, v.seeds_high)}};
    const auto d = g.id == dataset.baseline ? std::nullopt : dataset.difference(o, g.id, dataset.baseline);
    value["versus_baseline"] = d ? difference(*d) : OrderedJson(nullptr);
    out["values"].push_back(std::move(value));
  }
  const Costs& c = g.costs;
  out["costs"] = {{"adapt_seconds", known(c.adapt_seconds)},
                  {"generate_seconds", known(c.generate_seconds)},
                  {"trained_parameters", known(c.trained_parameters)},
                  {"prompt_tokens", known(c.prompt_tokens)},
                  {"completion_tokens", known(c.completion_tokens)},
                  {"dollars_per_1k", known(c.dollars_per_1k)},
                  {"latency_p95_ms", known(c.latency_p95_ms)},
                  {"adapt_tokens", known(c.adapt_tokens)},
                  {"adapt_dollars", known(c.adapt_dollars)}};
  out["findings"] = OrderedJson::object();
  for (const auto& [name, finding] : g.findings)
    out["findings"][name] = {{"value", known(finding.value)}, {"unit", finding.unit}};
  out["tuning"] = OrderedJson::array();
  for (const Tuning& t : g.tuning) out["tuning"].push_back(tuning(t));
  out["fragility"] = OrderedJson::array();
  for (const Fragility& f : g.fragility) out["fragility"].push_back(fragility(f));
  out["violations"] = g.violations;
  out["unjudged_constraints"] = g.unjudged;
  out["failures"] = g.failures;
  out["examples"] = OrderedJson::array();
  for (const PromptExample& e : g.examples)
    out["examples"].push_back({{"id", e.id},
                               {"prompt", e.prompt},
                               {"output", e.output},
                               {"answer", e.answer},
                               {"target", e.target},
                               {"score", known(e.score)}});
  return out;
}

OrderedJson dataset(const Dataset& d) {
  OrderedJson out{{"name", d.name},
                  {"examples", d.examples},
                  {"clusters", d.clusters == 0 ? OrderedJson(nullptr) : OrderedJson(d.clusters)},
                  {"baseline", d.baseline}};
  out["primary"] = d.outputs.empty() ? OrderedJson(nullptr) : OrderedJson(d.outputs[d.primary].name);
  out["outputs"] = OrderedJson::array();
  for (const Output& o : d.outputs)
    out["outputs"].push_back({{"metric", o.metric},
                              {"name", o.name},
                              {"unit", o.unit},
                              {"higher_is_better", o.higher_is_better},
                              {"examples", o.examples},
                              {"signature", o.signature.empty() ? OrderedJson(nullptr) : OrderedJson(o.signature)}});
  out["groups"] = OrderedJson::array();
  for (const Group& g : d.groups) out["groups"].push_back(group(d, g));
  out["pairs"] = OrderedJson::array();
  for (const auto& [key, value] : d.pairs) {
    OrderedJson pair{{"name", d.outputs[std::get<0>(key)].name}, {"a", std::get<1>(key)}, {"b", std::get<2>(key)}};
    pair.update(difference(value));
    out["pairs"].push_back(std::move(pair));
  }
  out["learning_curves"] = OrderedJson::array();
  for (const LearningCurve& curve : d.curves) out["learning_curves"].push_back(learning_curve(d, curve));
  out["slices"] = OrderedJson::array();
  for (const Slices& table : d.slices) out["slices"].push_back(slices(d, table));
  out["fronts"] = OrderedJson::array();
  for (const Front& f : d.fronts) out["fronts"].push_back(front_json(f));
  std::string text;
  for (const std::string& s : d.recommendation.sentences) text += (text.empty() ? "" : " ") + s;
  out["recommendation"] = {
      {"group", d.recommendation.group.empty() ? OrderedJson(nullptr) : OrderedJson(d.recommendation.group)},
      {"decided", d.recommendation.decided},
      {"meets_constraints", d.recommendation.meets_constraints},
      {"text", text},
      {"sentences", d.recommendation.sentences}};
  return out;
}

}  // namespace

OrderedJson report_json(const ReportData& report, const Costing& costs) {
  OrderedJson out;
  out["format"] = 1;
  out["experiment"] = report.experiment;
  out["plan"] = report.plan_hash;
  out["selection"] = report.selection;
  out["confidence"] = report.confidence;
  out["resamples"] = report.resamples;
  out["constraints"] = {
      {"latency_p95_ms", report.max_latency_p95_ms ? OrderedJson(*report.max_latency_p95_ms) : OrderedJson(nullptr)},
      {"cost_per_1k_requests", report.max_cost_per_1k ? OrderedJson(*report.max_cost_per_1k) : OrderedJson(nullptr)}};
  out["overall"] = report.overall;
  out["datasets"] = OrderedJson::array();
  for (const Dataset& d : report.datasets) out["datasets"].push_back(dataset(d));
  if (!costs.datasets.empty()) out["economics"] = economics_json(costs.datasets, costs.prices, costs.settings);
  out["failures"] = OrderedJson::array();
  for (const Failure& f : report.failures)
    out["failures"].push_back({{"stage", f.stage},
                               {"label", f.label},
                               {"outcome", f.outcome},
                               {"reason", f.reason},
                               {"attempts", f.attempts},
                               {"cells", f.cells},
                               {"log_tail", f.log_tail}});
  out["warnings"] = report.warnings;
  out["prompts"] = OrderedJson::array();
  for (const plan::PromptUse& prompt : report.prompts)
    out["prompts"].push_back({{"name", prompt.name}, {"hash", prompt.hash}});
  out["settings"] = report.settings;
  out["stages"] = OrderedJson::array();
  for (const StageRow& s : report.stages)
    out["stages"].push_back({{"key", s.key}, {"kind", s.kind}, {"label", s.label}, {"seconds", known(s.seconds)}});
  out["run"] = {{"id", report.run},
                {"status", report.status},
                {"started", report.started},
                {"finished", report.finished},
                {"version", report.version}};
  return out;
}

std::string json(const ReportData& report, const Costing& costs) {
  return report_json(report, costs).dump(1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

}  // namespace assay::report
