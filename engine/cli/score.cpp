#include <fmt/format.h>

#include <cmath>
#include <deque>
#include <iostream>
#include <set>

#include "assay/sdk/error.h"
#include "cli/experiment_input.h"
#include "config/strategies.h"
#include "data/prediction_file.h"
#include "report/format.h"
#include "stats/bootstrap.h"
#include "stats/comparison.h"
#include "stats/summary.h"

namespace assay::cli {
namespace {

constexpr std::uint64_t kResampleSeed = 20;  // the compare stages': equal rows have equal intervals in both

/// Exceptions of a plugin's own types must not outlive its library.
template <class Call>
auto in_metric(const std::string& name, const Call& call) {
  std::string problem;
  try {
    return call();
  } catch (const BadInput& error) {
    problem = fmt::format("metric '{}': {}", name, error.what());
  } catch (const std::exception& error) {
    throw Error(fmt::format("the metric '{}' failed: {}", name, error.what()));
  }
  throw BadInput(problem);
}

/// One metric over all rows.
struct Scoring {
  Scoring(const config::PluginManifest& which, Json settings)
      : plugin(&which), params(std::move(settings)), library(host::LoadedPlugin::load(which.library)) {}

  const config::PluginManifest* plugin;
  Json params;
  host::LoadedPlugin library;
  std::shared_ptr<sdk::Metric> metric;
  std::vector<sdk::Value> outputs;
  std::size_t width = 0;
  std::vector<double> table, values, resampled;
  std::vector<stats::Interval> intervals;
  std::string signature;

  [[nodiscard]] sdk::Rows rows(std::span<const double> weights) const { return {table, width, weights}; }
};

/// The settings of --metrics, written as an experiment's list: names, or {name: {parameter: value}}.
std::deque<Scoring> read_metrics(const std::string& text, const config::PluginManifests& plugins) {
  const config::Node list = config::parse_yaml("[" + text + "]", "--metrics");
  config::Problems problems;
  std::deque<Scoring> all;
  for (const config::Node& item : list.items) {
    config::Node one = config::empty_node(item.at, config::Node::Kind::sequence);
    one.items.push_back(item);
    for (const config::MetricSetting& setting : config::read_metrics(one, plugins, std::filesystem::current_path(), problems)) {
      const auto plugin = std::find_if(plugins.begin(), plugins.end(), [&](const config::PluginManifest& candidate) {
        return candidate.kind == "metric" && candidate.name == setting.name;
      });
      if (plugin->measures || plugin->throughput || plugin->prices || plugin->asks) {
        problems.add(item.at, fmt::format("'{}' needs {}, which a file of predictions has not; 'assay run' reports it", setting.name,
                                          plugin->asks ? "a judge model" : plugin->prices ? "prices and tokens" : "measured timings"));
        continue;
      }
      all.emplace_back(*plugin, setting.params);
    }
  }
  if (!problems.empty()) throw config::InvalidExperiment(problems.list());
  if (all.empty()) throw BadInput("--metrics names no metric; 'assay plugins' lists them");
  return all;
}

/// What metrics may know before they score: the choices, and which targets there are.
struct Known {
  std::vector<std::string> choices;
  std::vector<std::string> targets;
  std::size_t count = 0;
};

Known look_through(const std::string& file) {
  data::PredictionReader reader(file, file);
  std::set<std::string> targets;
  Known known;
  while (reader.next()) {
    const data::RecordedPrediction row = reader.prediction();
    if (known.count++ == 0) known.choices = row.input.choices;
    targets.insert(row.target);
  }
  if (known.count == 0) throw BadInput(fmt::format("{} has no rows, so there is nothing to score", file));
  known.targets.assign(targets.begin(), targets.end());
  return known;
}

void score_rows(const std::string& file, const Known& known, std::deque<Scoring>& all) {
  for (Scoring& one : all) {
    in_metric(one.plugin->name, [&] {
      one.metric = one.library.metric(sdk::Params(one.params));
      one.metric->begin({.choices = known.choices, .targets = known.targets});
      one.outputs = one.metric->outputs();
      one.width = one.metric->width();
      one.table.resize(known.count * one.width);
    });
  }
  data::PredictionReader reader(file, file);
  for (std::size_t i = 0; reader.next(); ++i) {
    const data::RecordedPrediction row = reader.prediction();
    const sdk::Usage none;
    const sdk::Prediction prediction{row.input, row.target, row.references, row.answer, row.outputs,
                                     row.details, none, 0, 0, row.choice_scores};
    for (Scoring& one : all) {
      in_metric(one.plugin->name, [&] {
        one.metric->score(prediction, {}, std::span(one.table).subspan(i * one.width, one.width));
      });
    }
  }
}

void compute(std::deque<Scoring>& all, std::size_t count, int resamples, double confidence) {
  std::vector<double> weights(count, 1.0);
  for (Scoring& one : all) {
    one.values.resize(one.outputs.size());
    one.resampled.resize(one.outputs.size() * static_cast<std::size_t>(resamples));
    in_metric(one.plugin->name, [&] {
      one.metric->values(one.rows(weights), one.values);
      one.signature = one.metric->signature(one.rows(weights));
    });
  }
  const stats::Resampler resampler(count, kResampleSeed);
  for (int b = 0; b < resamples; ++b) {
    resampler.weights(b, weights);
    for (Scoring& one : all) {
      const std::span<double> out = std::span(one.resampled).subspan(static_cast<std::size_t>(b) * one.outputs.size(), one.outputs.size());
      in_metric(one.plugin->name, [&] { one.metric->values(one.rows(weights), out); });
    }
  }
  for (Scoring& one : all) {
    for (std::size_t o = 0; o < one.outputs.size(); ++o) {
      std::vector<double> column;
      for (std::size_t at = o; at < one.resampled.size(); at += one.outputs.size()) column.push_back(one.resampled[at]);
      // As a report has them: proportions by their own scores, all else by resampling.
      const bool proportion = dynamic_cast<const sdk::PerExampleMetric*>(one.metric.get()) != nullptr;
      one.intervals.push_back(stats::value_interval(proportion ? std::span<const double>(one.table) : std::span<const double>(), column, count, confidence));
    }
  }
}

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json to_json(const Scoring& one) {
  Json values = Json::array();
  for (std::size_t o = 0; o < one.outputs.size(); ++o) {
    values.push_back({{"name", one.outputs[o].name},
                      {"unit", one.outputs[o].unit},
                      {"higher_is_better", one.outputs[o].higher_is_better},
                      {"value", number_or_null(one.values[o])},
                      {"low", number_or_null(one.intervals[o].low)},
                      {"high", number_or_null(one.intervals[o].high)}});
  }
  return {{"metric", one.plugin->name}, {"version", one.plugin->version}, {"params", one.params},
          {"signature", one.signature.empty() ? Json() : Json(one.signature)}, {"values", values}};
}

void print(const std::deque<Scoring>& all) {
  constexpr int kDigits = 5;
  for (const Scoring& one : all) {
    for (std::size_t o = 0; o < one.outputs.size(); ++o) {
      const stats::Interval& around = one.intervals[o];
      std::cout << fmt::format("{:<24}{:>12}{}  {}\n", one.outputs[o].name, report::significant(one.values[o], kDigits),
                               one.outputs[o].unit.empty() ? "" : " " + one.outputs[o].unit,
                               std::isnan(around.low) ? "" : fmt::format("[{}, {}]", report::significant(around.low, kDigits),
                                                                         report::significant(around.high, kDigits)));
    }
    if (!one.signature.empty()) std::cout << "  " << one.signature << "\n";
  }
}

}  // namespace

int score_command(const std::vector<std::string>& args) {
  namespace po = boost::program_options;
  Arguments arguments({"score", "assay score FILE --metrics LIST [OPTIONS]",
                       "Scores predictions that some other program made, with an interval by resampling examples (percentile\n"
                       "bootstrap, as in reports) and each metric's signature. FILE is JSONL (or CSV, TSV), a row an example:\n"
                       "  {\"prediction\": \"…\", \"references\": [\"…\", …]}   or   {\"prediction\": \"…\", \"target\": \"…\"}\n"
                       "and, where a metric reads them, \"id\", \"input\", \"samples\", \"choices\" with \"choice_scores\", \"details\".\n"
                       "LIST is written as an experiment's `metrics:`, so a metric's parameters may follow its name.",
                       "assay score outputs.jsonl --metrics bleu,chrf,ter,rouge\n"
                       "assay score outputs.jsonl --metrics '{bleu: {tokenize: intl}}, {chrf: {word_order: 2}}' --json"});
  arguments.positional("FILE", "predictions and what they should be");
  arguments.add()("metrics", po::value<std::string>()->value_name("LIST"), "names, or {name: {parameter: value}}, with commas between");
  arguments.add()("resamples", po::value<int>()->default_value(2000)->value_name("N"), "of the bootstrap; 0 for no intervals");
  arguments.add()("confidence", po::value<double>()->default_value(0.95)->value_name("C"), "of the intervals");
  arguments.add()("plugin-dir", po::value<std::vector<std::string>>()->value_name("DIR"), "search this folder for plugins too; may be repeated");
  add_json_option(arguments);
  if (!arguments.parse(args)) return all_done;
  if (!arguments.has("metrics")) throw BadInput("--metrics is missing: which metrics? For instance --metrics bleu,rouge");
  const auto file = arguments.get<std::string>("FILE");
  const int resamples = arguments.get<int>("resamples");
  const double confidence = arguments.get<double>("confidence");
  if (resamples < 0) throw BadInput("--resamples must be 0 or more");
  if (!(confidence > 0 && confidence < 1)) throw BadInput("--confidence must be between 0 and 1, such as 0.95");

  const auto plugins = find_manifests(arguments, {});
  std::deque<Scoring> all = read_metrics(arguments.get<std::string>("metrics"), plugins);
  const Known known = look_through(file);
  score_rows(file, known, all);
  // One example tells nothing of the spread between examples.
  compute(all, known.count, known.count < 2 ? 0 : resamples, confidence);
  if (arguments.has("json")) {
    Json out{{"file", file}, {"examples", known.count}, {"resamples", resamples}, {"confidence", confidence}, {"metrics", Json::array()}};
    for (const Scoring& one : all) out["metrics"].push_back(to_json(one));
    std::cout << out.dump(2) << "\n";
  } else {
    std::cout << fmt::format("{}: {} {}{}\n", file, report::whole(static_cast<double>(known.count)), known.count == 1 ? "example" : "examples",
                             resamples == 0 || known.count < 2 ? "" : fmt::format(", {:g} % intervals from {} resamples", 100 * confidence, resamples));
    print(all);
  }
  return all_done;
}

}  // namespace assay::cli
