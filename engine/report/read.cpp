#include "report/read.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "assay/sdk/error.h"
#include "report/comparisons.h"
#include "report/cut_prompts.h"
#include "report/format.h"
#include "report/fronts.h"
#include "report/json_values.h"
#include "report/ranking.h"
#include "report/recommendation.h"
#include "report/reported_models.h"
#include "report/stage_results.h"
#include "stats/summary.h"
#include "store/bundle.h"
#include "store/paths.h"

#ifndef ASSAY_VERSION
#define ASSAY_VERSION ""
#endif

namespace assay::report {
namespace {

constexpr std::size_t kPromptBytes = 4000;

/// A prompt is one text, or the messages of a chat.
std::string prompt_text(const Json& prompt) {
  if (prompt.is_string()) return prompt.get<std::string>();
  if (prompt.is_array()) {
    std::string out;
    for (const Json& message : prompt) {
      if (!out.empty()) out += "\n";
      if (message.is_object())
        out += fmt::format("[{}] {}", text_or(message, "role"), text_or(message, "content"));
      else
        out += prompt_text(message);
    }
    return out;
  }
  return prompt.is_null() ? "" : prompt.dump();
}

class Reader {
 public:
  Reader(store::Store& store, std::int64_t run)
      : store_(store),
        run_(run),
        plan_(store.plan(run)),
        short_paths_(store.folder()),
        settings_(store.experiment(run)),
        stages_(store, plan_, settings_, [this](std::string text) { warn(std::move(text)); }) {
    for (const plan::Cell& cell : plan_.cells) models_.insert(cell.model);
  }

  ReportData read() {
    read_run();
    read_attempts();
    for (const std::string& warning : plan_.warnings) warn(warning);
    std::vector<std::string> names;
    for (const plan::Cell& cell : plan_.cells)
      if (std::find(names.begin(), names.end(), cell.dataset) == names.end()) names.push_back(cell.dataset);
    for (const std::string& name : names) read_dataset(name);
    adjust_for_many(report_);
    for (Dataset& dataset : report_.datasets) rank(dataset);
    read_trainings();
    for (std::string& sentence : cut_prompts(plan_, stages_)) warn(std::move(sentence));
    for (std::string& sentence : reported_changes(plan_, stages_)) warn(std::move(sentence));
    read_status();
    judge_all();
    return std::move(report_);
  }

 private:
  void warn(std::string text) { report_.warnings.push_back(short_paths_(std::move(text))); }

  void read_run() {
    const store::RunRow row = store_.run(std::to_string(run_));
    report_.experiment = plan_.experiment;
    report_.selection = plan_.selection;
    if (!plan_.selection.empty())
      warn(fmt::format("This report covers a part of the experiment: {}.", plan_.selection));
    report_.run = run_;
    report_.started = row.started;
    report_.plan_hash = plan_.hash;
    report_.prompts = plan_.prompts;
    report_.version = ASSAY_VERSION;
    report_.settings = short_paths_(settings_);
    if (const Json limits = settings_.value("constraints", Json::object()); limits.is_object()) {
      if (const double x = number_or_unknown(limits, "latency_p95_ms"); !std::isnan(x)) report_.max_latency_p95_ms = x;
      if (const double x = number_or_unknown(limits, "cost_per_1k_requests"); !std::isnan(x))
        report_.max_cost_per_1k = x;
    }
    read_terms();
    for (const plan::Stage& s : plan_.stages) {
      const store::Bundle* done = stages_.bundle(s.key);
      report_.stages.push_back(
          {s.key, plan::to_string(s.kind), short_paths_(s.label),
           done ? number_or_unknown(done->header().value("timing", Json::object()), "seconds") : kUnknown});
    }
  }

  /// Runs of before they were written down have what was the rule then.
  void read_terms() {
    const Json statistics = settings_.value("statistics", Json::object());
    Terms& terms = report_.terms;
    terms.family = statistics.value("family", terms.family);
    terms.correction = statistics.value("correction", terms.correction);
    terms.random_seeds = statistics.value("seeds", "fixed") == "random";
    if (const double x = number_or_unknown(statistics, "equivalence_margin"); !std::isnan(x))
      terms.equivalence_margin = x;
    if (const double x = number_or_unknown(settings_.value("report", Json::object()), "volume"); !std::isnan(x))
      terms.volume = x;
  }

  void read_attempts() {
    std::map<std::string, std::vector<store::AttemptRow>> by_stage;
    std::vector<store::AttemptRow> attempts = store_.attempts(run_);
    stages_.add_attempts(attempts);
    for (store::AttemptRow& a : attempts) {
      report_.finished = std::max(report_.finished, a.finished);
      by_stage[a.stage].push_back(std::move(a));
    }
    for (const plan::Stage& s : plan_.stages) {
      const auto found = by_stage.find(s.key);
      if (found == by_stage.end()) continue;
      const store::AttemptRow& last = found->second.back();
      const auto failed = std::count_if(found->second.begin(), found->second.end(), [](const store::AttemptRow& a) {
        return a.outcome != "done" && a.outcome != "reused" && a.outcome != "stopped" && a.outcome != "skipped";
      });
      if (failed == 0) continue;
      if (last.outcome == "done" || last.outcome == "reused") {
        warn(fmt::format("{} was done at attempt {}, after: {}", s.label, found->second.size(),
                         found->second.front().error));
        continue;
      }
      Failure failure{
          s.key, short_paths_(s.label), last.outcome, short_paths_(last.error), short_paths_(last.log_tail), {}, 0};
      failure.attempts = static_cast<int>(found->second.size());
      stages_.add_failure(s.key, failure.reason);
      report_.failures.push_back(std::move(failure));
    }
    for (Failure& failure : report_.failures) {
      for (const plan::Cell& cell : plan_.cells)
        if (cell.uses(failure.stage) && !why_missing(cell).empty())
          failure.cells.push_back(fmt::format("{} · {} · seed {}", label(cell), cell.dataset, cell.seed));
    }
  }

  std::string label(const plan::Cell& cell) const {
    return models_.size() > 1 ? fmt::format("{} · {}", cell.strategy_label, cell.model) : cell.strategy_label;
  }

  void read_dataset(const std::string& name) {
    Dataset dataset;
    dataset.name = name;
    read_groups(dataset);
    std::map<std::string, const store::Bundle*> compared;  // by metric
    for (const std::string& key : plan_.compare) {
      if (stages_.stage(key).dataset != name) continue;
      const std::string& metric = stages_.stage(key).metric;
      if (const store::Bundle* done = stages_.bundle(key)) {
        compared[metric] = done;
        add_comparison(dataset, metric, done->json("compare.json"));
      } else {
        warn(fmt::format("{} was not compared on {}: without an interval its values are not reported.", metric, name));
      }
    }
    for (Group& g : dataset.groups) g.values.resize(dataset.outputs.size());
    mark_shares(dataset);
    add_signatures(dataset);
    choose_primary(dataset);
    if (!dataset.outputs.empty())
      read_sampling(dataset, compared.at(dataset.outputs[dataset.primary].metric)->json("compare.json"));
    for (Group& g : dataset.groups) read_costs(dataset, g);
    dataset.fronts = fronts(dataset, compared);
    read_curves(dataset);
    for (Group& g : dataset.groups) read_examples(dataset, g);
    report_.datasets.push_back(std::move(dataset));
  }

  void read_groups(Dataset& dataset) {
    std::map<std::string, std::set<std::string>> results;
    for (const plan::Cell& cell : plan_.cells) {
      if (cell.dataset != dataset.name) continue;
      if (cell.is_baseline) dataset.baseline = cell.group;
      auto found = std::find_if(dataset.groups.begin(), dataset.groups.end(),
                                [&](const Group& g) { return g.id == cell.group; });
      if (found == dataset.groups.end()) {
        Group group;
        group.id = cell.group;
        group.model = cell.model;
        group.strategy = cell.strategy_label;
        group.label = label(cell);
        group.family = family(cell);
        group.train_rows = cell.train_rows;
        group.curve = cell.curve;
        group.curve_label =
            models_.size() > 1 ? fmt::format("{} · {}", cell.curve_label, cell.model) : cell.curve_label;
        dataset.groups.push_back(std::move(group));
        found = dataset.groups.end() - 1;
      }
      found->cells.push_back(cell.id);
      found->seeds.push_back(cell.seed);
      if (!cell.choose.empty()) found->tuning.push_back(stages_.tuning(cell));
      for (Fragility& fragility : stages_.fragility(cell)) found->fragility.push_back(std::move(fragility));
      if (results[cell.group].insert(cell.generate).second) ++found->distinct;
      if (const std::string why = why_missing(cell); !why.empty()) found->failures.push_back(why);
    }
  }

  /// Fine-tuning trains; a hybrid also has a part that composes or drives without training.
  static Family family(const plan::Cell& cell) {
    return !cell.trains ? Family::prompting : cell.prompts ? Family::hybrid : Family::fine_tuning;
  }

  /// Empty when all of the cell's scores are there.
  std::string why_missing(const plan::Cell& cell) {
    if (std::all_of(cell.score.begin(), cell.score.end(),
                    [&](const std::string& key) { return stages_.bundle(key) != nullptr; }))
      return "";
    // A trial that failed is a reason only where no other was left to choose.
    const auto in_trial = [&](const std::string& key) {
      return std::any_of(cell.trials.begin(), cell.trials.end(), [&](const plan::Trial& trial) {
        const auto stages = trial.stages();
        return std::find(stages.begin(), stages.end(), key) != stages.end();
      });
    };
    for (const bool trials : {false, true})
      for (const auto& [key, reason] : stages_.reasons())
        if (cell.uses(key) && in_trial(key) == trials) return reason;
    return kNotRun;
  }

  void add_signatures(Dataset& dataset) {
    for (const plan::Cell& cell : plan_.cells) {
      if (cell.dataset != dataset.name) continue;
      for (const std::string& key : cell.score) {
        const store::Bundle* scores = stages_.bundle(key);
        if (!scores) continue;
        const std::string signature = scores->json("scores.json").value("signature", "");
        for (Output& output : dataset.outputs)
          if (output.metric == stages_.stage(key).metric && output.signature.empty()) output.signature = signature;
      }
    }
  }

  /// The output of the name that `report.primary` gives, else the first of the metric of that name, else the first.
  void choose_primary(Dataset& dataset) const {
    const Json wanted = settings_.value("report", Json::object());
    const std::string name = wanted.is_object() ? text_or(wanted, "primary") : "";
    const auto choose = [&](const auto& matches) {
      const auto found = std::find_if(dataset.outputs.begin(), dataset.outputs.end(), matches);
      if (found == dataset.outputs.end()) return false;
      dataset.primary = static_cast<std::size_t>(found - dataset.outputs.begin());
      return true;
    };
    if (name.empty()) return;
    if (!choose([&](const Output& o) { return o.name == name; }))
      choose([&](const Output& o) { return o.metric == name; });
  }

  void read_sampling(Dataset& dataset, const Json& comparison) {
    dataset.examples = comparison.value("examples", std::size_t{0});
    if (const Json clusters = comparison.value("clusters", Json()); clusters.is_number())
      dataset.clusters = clusters.get<std::size_t>();
    report_.confidence = comparison.value("confidence", report_.confidence);
    report_.resamples = comparison.value("resamples", report_.resamples);
  }

  /// What trainings warned of, a line for each kind and setting; seeds are named together.
  void read_trainings() {
    struct Warned {
      std::string text;
      std::set<std::uint64_t> seeds;
    };
    std::map<std::pair<std::string, std::string>, Warned> found;
    std::vector<std::pair<std::string, std::string>> order;
    for (const plan::Cell& cell : plan_.cells) {
      for (const std::string& key : stages_.adapters(cell)) {
        const store::Bundle* done = stages_.stage(key).trains ? stages_.bundle(key) : nullptr;
        if (!done) continue;
        for (const Json& text : done->header().value("timing", Json::object()).value("warnings", Json::array()))
          warn(fmt::format("{}: {}", stages_.stage(key).label, text.get<std::string>()));
        for (const Json& warning : done->json("training.json").value("warnings", Json::array())) {
          const std::pair at{fmt::format("{} on {}", label(cell), cell.dataset), text_or(warning, "kind")};
          const auto [entry, fresh] = found.try_emplace(at, Warned{text_or(warning, "text"), {}});
          if (fresh) order.push_back(at);
          entry->second.seeds.insert(cell.seed);
        }
      }
    }
    for (const auto& at : order) {
      const Warned& warned = found.at(at);
      std::string kind = at.second;
      std::replace(kind.begin(), kind.end(), '_', ' ');
      warn(fmt::format("{}: {} (seed{} {}): {}.", at.first, kind, warned.seeds.size() == 1 ? "" : "s",
                       fmt::join(warned.seeds, ", "), warned.text));
    }
  }

  static void read_curves(Dataset& dataset) {
    for (const Group& g : dataset.groups) {
      if (g.train_rows == 0 || g.curve.empty()) continue;
      LearningCurve curve{g.curve_label, {}};
      bool first = true;
      for (const Group& other : dataset.groups) {
        if (other.curve != g.curve) continue;
        if (curve.points.empty()) first = &other == &g;
        curve.points.emplace_back(other.train_rows, other.id);
      }
      if (!first || curve.points.size() < 2) continue;
      std::sort(curve.points.begin(), curve.points.end());
      dataset.curves.push_back(std::move(curve));
    }
  }

  void read_costs(const Dataset& dataset, Group& group) {
    std::map<std::string, std::vector<double>> counted, found;
    for (const std::string& id : group.cells) {
      const plan::Cell& cell = plan_.cell(id);
      for (const auto& [name, finding] : stages_.findings(cell)) {
        found[name].push_back(finding.value);
        group.findings[name].unit = finding.unit;
      }
      for (const auto& [name, value] : stages_.counts(cell))
        if (!std::isnan(value)) counted[name].push_back(value);
    }
    for (const auto& [name, values] : found) group.findings[name].value = stats::mean(values);
    const auto mean = [&](const char* name) {
      const auto all = counted.find(name);
      return all == counted.end() ? kUnknown : stats::mean(all->second);
    };
    const auto measured = [&](const char* name) {
      for (std::size_t o = 0; o < dataset.outputs.size(); ++o)
        if (dataset.outputs[o].name == name) return group.values[o].value;
      return kUnknown;
    };
    const double n = dataset.examples > 0 ? static_cast<double>(dataset.examples) : kUnknown;
    Costs& c = group.costs;
    c.adapt_seconds = mean("adapt_seconds");
    c.adapt_tokens = mean("adapt_tokens");
    c.adapt_dollars = mean("adapt_dollars");
    c.generate_seconds = mean("generate_seconds");
    c.trained_parameters = mean("trained_parameters");
    c.prompt_tokens = mean("prompt_tokens") / n;
    c.completion_tokens = mean("completion_tokens") / n;
    if (std::isnan(c.prompt_tokens)) c.prompt_tokens = measured("tokens.prompt");
    if (std::isnan(c.completion_tokens)) c.completion_tokens = measured("tokens.completion");
    c.dollars_per_1k = measured("cost");
    c.latency_p95_ms = measured("latency.p95");
  }

  void read_examples(const Dataset& dataset, Group& group) {
    const plan::Cell& cell = plan_.cell(group.cells.front());
    const store::Bundle* predictions = stages_.bundle(cell.generate);
    if (!predictions) return;
    const std::size_t wanted = plan_.cells.size() <= 100 ? 3 : 1;
    each_of_first(*predictions, "predictions.jsonl", wanted, [&](const Json& row) {
      std::string output;
      for (const Json& text : row.value("outputs", Json::array())) {
        if (!output.empty()) output += "\n---\n";
        output += prompt_text(text);
      }
      group.examples.push_back({prompt_text(row.value("id", Json())),
                                shortened(prompt_text(row.value("prompt", Json())), kPromptBytes),
                                shortened(output, kPromptBytes), shortened(text_or(row, "answer"), kPromptBytes),
                                shortened(text_or(row, "target"), kPromptBytes), kUnknown});
    });
    if (dataset.outputs.empty()) return;
    const Output& primary = dataset.outputs[dataset.primary];
    for (const std::string& key : cell.score) {
      const store::Bundle* scores = stages_.bundle(key);
      if (!scores || stages_.stage(key).metric != primary.metric) continue;
      const auto column = value_column(scores->json("scores.json"), primary.name);
      if (!column) continue;
      std::size_t i = 0;
      each_of_first(*scores, "values.jsonl", group.examples.size(), [&](const Json& row) {
        if (row.at(*column).is_number()) group.examples[i].score = row.at(*column).get<double>();
        ++i;
      });
    }
  }

  /// Bundle::rows reads to the end; leaving it early spares a report the reading of whole test sets.
  template <class Each>
  static void each_of_first(const store::Bundle& bundle, const std::string& file, std::size_t count, const Each& each) {
    struct Enough {};
    if (count == 0) return;
    try {
      bundle.rows(file, [&](const Json& row) {
        each(row);
        if (--count == 0) throw Enough{};
      });
    } catch (const Enough&) {
    }
  }

  /// From what is there, not from the run's row: a report is written before its run is closed.
  void read_status() {
    std::size_t missing = 0;
    for (const Dataset& dataset : report_.datasets)
      for (const Group& g : dataset.groups)
        missing += static_cast<std::size_t>(std::count(g.failures.begin(), g.failures.end(), kNotRun));
    report_.status = !report_.failures.empty() ? "failed" : missing > 0 ? "incomplete" : "done";
    if (missing > 0)
      warn(
          fmt::format("{} cell{} not run, as the run was stopped or its budget reached: running the experiment again "
                      "goes on from here.",
                      missing, missing == 1 ? " was" : "s were"));
  }

  void judge_all() {
    judge_constraints(report_);
    for (Dataset& dataset : report_.datasets) dataset.recommendation = recommend(dataset, report_);
    report_.overall = recommend_overall(report_);
  }

  store::Store& store_;
  std::int64_t run_;
  plan::Plan plan_;
  store::ShortPaths short_paths_;
  Json settings_;
  ReportData report_;
  StageResults stages_;
  std::set<std::string> models_;
};

}  // namespace

ReportData read(store::Store& store, std::int64_t run) { return Reader(store, run).read(); }

}  // namespace assay::report
