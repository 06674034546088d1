#include "config/tuning.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/axes.h"
#include "config/metric_name.h"
#include "config/nearest.h"

namespace assay::config {
namespace {

const char* const kValidationLoss = "validation_loss";

const Node* value_at(const Node& root, const char* section, const char* key) {
  const Entry* outer = root.find(section);
  const Entry* inner = outer && outer->value.is_map() ? outer->value.find(key) : nullptr;
  return inner ? &inner->value : nullptr;
}

const PluginManifest& manifest(const PluginManifests& plugins, const char* kind, const std::string& name) {
  return *std::find_if(plugins.begin(), plugins.end(),
                       [&](const PluginManifest& p) { return p.kind == kind && p.name == name; });
}

/// The metric whose name `wanted` is or begins with: "f1" for "f1.macro".
const MetricSetting* metric_of(const std::string& wanted, const std::vector<MetricSetting>& metrics) {
  const MetricSetting* best = nullptr;
  for (const MetricSetting& metric : metrics) {
    const bool named = wanted == called(metric) || wanted.starts_with(called(metric) + ".");
    if (named && (!best || called(metric).size() > called(*best).size())) best = &metric;
  }
  if (best) return best;
  // A plugin may call its values otherwise than itself ("rougeL"): the choice looks for the name among all of them.
  const auto begins = [&](const MetricSetting& metric) { return wanted.starts_with(called(metric)); };
  const auto found = std::find_if(metrics.begin(), metrics.end(), begins);
  return found == metrics.end() ? nullptr : &*found;
}

/// The loss tells only settings of training apart, and of one training at a time.
void check_loss(const Position& at, const std::vector<StrategyEntry>& strategies, const PluginManifests& plugins,
                Problems& problems) {
  for (const StrategyEntry& entry : strategies) {
    const auto parts = std::count_if(entry.parts.begin(), entry.parts.end(), [](const StrategySetting& part) {
      return !axis_names(part.params, AxisKind::tune).empty();
    });
    if (parts > 1) {
      problems.add(
          at, fmt::format("the validation loss is one training's, but {} strategies of '{}' are tuned; name a metric",
                          parts, entry_name(entry)));
      return;
    }
    for (const StrategySetting& part : entry.parts) {
      const auto tuned = axis_names(part.params, AxisKind::tune);
      if (tuned.empty() || manifest(plugins, "strategy", part.name).trains) continue;
      problems.add(
          at,
          fmt::format("the validation loss is training's, but '{}.{}' is tuned, which trains nothing; name a metric",
                      part.name, tuned.front()));
      return;
    }
  }
}

}  // namespace

TuningSettings read_tuning(const Node& root, const Json& document, const std::vector<StrategyEntry>& strategies,
                           const std::vector<MetricSetting>& metrics, const PluginManifests& plugins,
                           Problems& problems) {
  const Json tuning = document.value("tuning", Json::object());
  const Json report = document.value("report", Json::object());
  TuningSettings settings;
  settings.trials = tuning.value("trials", std::size_t{0});
  const bool any = std::any_of(strategies.begin(), strategies.end(), [](const StrategyEntry& entry) {
    return std::any_of(entry.parts.begin(), entry.parts.end(),
                       [](const StrategySetting& part) { return !axis_names(part.params, AxisKind::tune).empty(); });
  });
  const Node* named = value_at(root, "tuning", "metric");
  const Node* primary = value_at(root, "report", "primary");
  const Entry* listed = root.find("metrics");
  settings.output = tuning.value("metric", report.value("primary", metrics.empty() ? "" : called(metrics.front())));
  const Position at = named ? named->at : primary ? primary->at : listed ? listed->value.at : root.at;
  if (settings.output == kValidationLoss) {
    check_loss(at, strategies, plugins, problems);
    return settings;
  }
  const MetricSetting* metric = metric_of(settings.output, metrics);
  if (!metric) {
    if (!named) return settings;  // what is wrong with the primary metric is the report's to say
    std::vector<std::string> known{kValidationLoss};
    for (const MetricSetting& one : metrics) known.push_back(called(one));
    problems.add(at, fmt::format("'tuning.metric' names '{}', which is no value of this experiment's metrics{}",
                                 settings.output, suggestion(settings.output, known)));
    return settings;
  }
  settings.metric = called(*metric);
  const PluginManifest& plugin = manifest(plugins, "metric", metric->name);
  if ((any || named) && (plugin.measures || plugin.throughput || plugin.prices)) {
    problems.add(
        at,
        fmt::format(
            "'{}' cannot choose among trials: it depends on {}, not on the answers; name another in `tuning.metric`",
            called(*metric), plugin.prices ? "prices" : "the machine's speed"));
  }
  return settings;
}

}  // namespace assay::config
