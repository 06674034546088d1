#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <optional>

#include "assay/sdk/error.h"
#include "cli/experiment_input.h"
#include "cli/scoring.h"
#include "config/strategies.h"
#include "report/format.h"

namespace assay::cli {
namespace {

constexpr int kDigits = 5;

/// The settings of --metrics, written as an experiment's list: names, or {name: {parameter: value}}.
std::deque<Scoring> read_metrics(const std::string& text, const config::PluginManifests& plugins) {
  const config::Node list = config::parse_yaml("[" + text + "]", "--metrics");
  config::Problems problems;
  std::deque<Scoring> all;
  for (const config::Node& item : list.items) {
    config::Node one = config::empty_node(item.at, config::Node::Kind::sequence);
    one.items.push_back(item);
    for (const config::MetricSetting& setting :
         config::read_metrics(one, plugins, std::filesystem::current_path(), problems)) {
      const auto plugin = std::find_if(plugins.begin(), plugins.end(), [&](const config::PluginManifest& candidate) {
        return candidate.kind == "metric" && candidate.name == setting.name;
      });
      if (plugin->measures || plugin->throughput || plugin->prices || plugin->asks) {
        problems.add(item.at, fmt::format("'{}' needs {}, which a file of predictions has not; 'assay run' reports it",
                                          setting.name,
                                          plugin->asks     ? "a judge model"
                                          : plugin->prices ? "prices and tokens"
                                                           : "measured timings"));
        continue;
      }
      all.emplace_back(*plugin, setting.params);
    }
  }
  if (!problems.empty()) throw config::InvalidExperiment(problems.list());
  if (all.empty()) throw BadInput("--metrics names no metric; 'assay plugins' lists them");
  return all;
}

std::optional<data::RowTemplate> read_slices(const Arguments& arguments) {
  if (!arguments.has("by")) return {};
  const auto by = arguments.get<std::string>("by");
  return data::RowTemplate("--by", data::is_template(by) ? by : "{{ " + by + " }}", "--by");
}

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json to_json(const Estimate& estimate) {
  return {{"value", number_or_null(estimate.value)},
          {"low", number_or_null(estimate.interval.low)},
          {"high", number_or_null(estimate.interval.high)}};
}

Json to_json(const Scoring& one, bool sliced) {
  Json values = Json::array();
  for (std::size_t o = 0; o < one.outputs().size(); ++o) {
    Json value = to_json(one.values()[o]);
    value.update({{"name", one.outputs()[o].name},
                  {"unit", one.outputs()[o].unit},
                  {"higher_is_better", one.outputs()[o].higher_is_better}});
    if (sliced) {
      value["slices"] = Json::array();
      for (const Slice& slice : one.slices()) {
        Json json = to_json(slice.values[o]);
        json.update({{"name", slice.name}, {"examples", slice.examples}, {"gap", to_json(slice.gaps[o])}});
        value["slices"].push_back(std::move(json));
      }
      const Slice* worst = one.worst(o);
      value["worst_slice"] = worst ? Json(worst->name) : Json();
    }
    values.push_back(std::move(value));
  }
  return {{"metric", one.plugin().name},
          {"version", one.plugin().version},
          {"params", one.params()},
          {"signature", one.signature().empty() ? Json() : Json(one.signature())},
          {"values", values}};
}

std::string text(const Estimate& estimate) {
  const auto digits = [](double value) { return report::significant(value, kDigits); };
  const stats::Interval& around = estimate.interval;
  return digits(estimate.value) +
         (std::isnan(around.low) ? "" : fmt::format("  [{}, {}]", digits(around.low), digits(around.high)));
}

void print(const Scoring& one) {
  for (std::size_t o = 0; o < one.outputs().size(); ++o) {
    const std::string unit = one.outputs()[o].unit;
    std::cout << fmt::format("{:<28}{}{}\n", one.outputs()[o].name, text(one.values()[o]),
                             unit.empty() ? "" : " " + unit);
    for (const Slice& slice : one.slices()) {
      std::cout << fmt::format("  {:<26}{}  ({})\n", report::shortened(slice.name, 60), text(slice.values[o]),
                               slice.examples);
    }
    if (const Slice* worst = one.worst(o)) {
      std::cout << fmt::format("  worst: {}, gap to all {}\n", report::shortened(worst->name, 60),
                               text(worst->gaps[o]));
    }
  }
  if (!one.signature().empty()) std::cout << "  " << one.signature() << "\n";
}

}  // namespace

int score_command(const std::vector<std::string>& args) {
  namespace po = boost::program_options;
  Arguments arguments(
      {"score", "assay score FILE --metrics LIST [OPTIONS]",
       "Scores predictions that some other program made, with an interval by resampling examples (percentile\n"
       "bootstrap, as in reports) and each metric's signature. FILE is JSONL (or CSV, TSV), a row an example:\n"
       "  {\"prediction\": \"…\", \"references\": [\"…\", …]}   or   {\"prediction\": \"…\", \"target\": \"…\"}\n"
       "and, where a metric reads them, \"id\", \"input\", \"samples\", \"choices\" with \"choice_scores\", "
       "\"details\".\n"
       "LIST is written as an experiment's `metrics:`, so a metric's parameters may follow its name. --by also tells\n"
       "each value for the rows of every value of a field, the worst of these slices and its gap to all rows.",
       "assay score outputs.jsonl --metrics bleu,chrf,ter,rouge\n"
       "assay score outputs.jsonl --metrics '{bleu: {tokenize: intl}}, {chrf: {word_order: 2}}' --json\n"
       "assay score outputs.jsonl --metrics accuracy --by language\n"
       "assay score outputs.jsonl --metrics rouge --by '{{ \"long\" if input | length > 500 else \"short\" }}'"});
  arguments.positional("FILE", "predictions and what they should be");
  arguments.add()("metrics", po::value<std::string>()->value_name("LIST"),
                  "names, or {name: {parameter: value}}, with commas between");
  arguments.add()("by", po::value<std::string>()->value_name("FIELD"),
                  "a row's field, or a Jinja expression over its fields, that makes slices");
  arguments.add()("resamples", po::value<int>()->default_value(2000)->value_name("N"),
                  "of the bootstrap; 0 for no intervals");
  arguments.add()("confidence", po::value<double>()->default_value(0.95)->value_name("C"), "of the intervals");
  arguments.add()("plugin-dir", po::value<std::vector<std::string>>()->value_name("DIR"),
                  "search this folder for plugins too; may be repeated");
  add_json_option(arguments);
  if (!arguments.parse(args)) return all_done;
  if (!arguments.has("metrics"))
    throw BadInput("--metrics is missing: which metrics? For instance --metrics bleu,rouge");
  const auto file = arguments.get<std::string>("FILE");
  const Resampling how{arguments.get<int>("resamples"), arguments.get<double>("confidence")};
  if (how.resamples < 0) throw BadInput("--resamples must be 0 or more");
  if (!(how.confidence > 0 && how.confidence < 1)) throw BadInput("--confidence must be between 0 and 1, such as 0.95");

  const auto by = read_slices(arguments);
  const auto plugins = find_manifests(arguments, {});
  std::deque<Scoring> all = read_metrics(arguments.get<std::string>("metrics"), plugins);
  const ScoredFile scored(file, all, by ? &*by : nullptr, how);
  if (arguments.has("json")) {
    Json out{{"file", file},
             {"examples", scored.examples()},
             {"resamples", how.resamples},
             {"confidence", how.confidence},
             {"metrics", Json::array()}};
    for (const Scoring& one : all) out["metrics"].push_back(to_json(one, by.has_value()));
    std::cout << out.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
    return all_done;
  }
  const bool resampled = how.resamples > 0 && scored.examples() > 1;
  std::cout << fmt::format(
      "{}: {} {}{}\n", file, report::whole(static_cast<double>(scored.examples())),
      scored.examples() == 1 ? "example" : "examples",
      resampled ? fmt::format(", {:g} % intervals from {} resamples", 100 * how.confidence, how.resamples) : "");
  for (const Scoring& one : all) print(one);
  return all_done;
}

}  // namespace assay::cli
