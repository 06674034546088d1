#include "plan/selecting.h"

#include <fmt/format.h>

#include "plan/grid.h"

namespace assay::plan {

Selecting selecting(const config::Experiment& experiment, const config::PluginManifests& plugins, const Json& params) {
  const std::string wanted = params.contains("select") && params["select"].is_string() ? params["select"].get<std::string>() : "loss";
  if (wanted == "loss") return {};
  std::string known = "loss";
  for (const config::MetricSetting& metric : experiment.metrics) {
    const auto& manifest = manifest_of(plugins, "metric", metric.name);
    const bool usable = !manifest.measures && !manifest.throughput && !manifest.prices && !manifest.asks;
    if (wanted == metric.name || wanted.starts_with(metric.name + ".")) {
      if (usable) return {&metric, ""};
      return {nullptr, fmt::format("'select: {}' cannot tell a training's best weights: that metric reads timings, prices or a judge; "
                                   "name one that reads answers",
                                   wanted)};
    }
    if (usable) known += ", " + metric.name;
  }
  return {nullptr, fmt::format("'select: {}' is none of the experiment's metrics; here it can be {}", wanted, known)};
}

}  // namespace assay::plan
