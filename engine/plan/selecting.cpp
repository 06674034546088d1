#include "plan/selecting.h"

#include <fmt/format.h>

#include "config/metric_name.h"
#include "plan/grid.h"

namespace assay::plan {
namespace {

bool reads_answers(const config::PluginManifest& metric) {
  return !metric.measures && !metric.throughput && !metric.prices && !metric.asks;
}

/// What selects where nothing is said, of what tries: the primary value, else the first that reads answers.
std::string by_default(const config::Experiment& experiment, const config::PluginManifests& plugins) {
  if (!experiment.report.primary.empty()) return experiment.report.primary;
  for (const config::MetricSetting& metric : experiment.metrics) {
    if (reads_answers(manifest_of(plugins, "metric", metric.name))) return config::called(metric);
  }
  return "";
}

}  // namespace

Selecting selecting(const config::Experiment& experiment, const config::PluginManifests& plugins,
                    const config::PluginManifest& strategy, const Json& params) {
  if (!strategy.trains && !strategy.tries) return {};
  std::string wanted =
      params.contains("select") && params["select"].is_string() ? params["select"].get<std::string>() : "";
  if (wanted.empty()) wanted = strategy.trains ? "loss" : by_default(experiment, plugins);
  if (wanted == "loss" && strategy.trains) return {};
  std::string known = strategy.trains ? "loss" : "";
  for (const config::MetricSetting& metric : experiment.metrics) {
    const bool usable = reads_answers(manifest_of(plugins, "metric", metric.name));
    if (wanted == config::called(metric) || wanted.starts_with(config::called(metric) + ".")) {
      if (usable) return {&metric, wanted, ""};
      return {nullptr, "",
              fmt::format(
                  "'select: {}' cannot tell which {} best: that metric reads timings, prices or a judge; name one that "
                  "reads answers",
                  wanted, strategy.trains ? "weights of a training are" : "prompt is")};
    }
    if (usable) known += (known.empty() ? "" : ", ") + config::called(metric);
  }
  return {nullptr, "",
          fmt::format("'select: {}' is none of the experiment's metrics; here it can be {}", wanted, known)};
}

}  // namespace assay::plan
