#include "report/fronts.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "stats/best.h"

namespace assay::report {
namespace {

/// What is drawn against quality, with a group's resampled values of it; none: it is known without error.
struct Axis {
  std::string name, unit;
  std::map<std::string, double> values;  ///< by group
  std::map<std::string, std::vector<double>> resampled;
};

/// By group, the resampled values of one output; empty where the comparison kept none.
std::map<std::string, std::vector<double>> resampled(const store::Bundle& bundle, const std::string& output) {
  std::map<std::string, std::vector<double>> found;
  if (!bundle.has("resampled.jsonl")) return found;
  bundle.rows("resampled.jsonl", [&](const Json& row) {
    if (row.at("output") != output) return;
    std::vector<double>& values = found[row.at("group").get<std::string>()];
    for (const Json& x : row.at("values")) values.push_back(x.is_number() ? x.get<double>() : kUnknown);
  });
  return found;
}

Axis axis_of(const Dataset& dataset, std::size_t o, const store::Bundle& bundle) {
  Axis axis{dataset.outputs[o].name, dataset.outputs[o].unit, {}, resampled(bundle, dataset.outputs[o].name)};
  for (const Group& g : dataset.groups) axis.values[g.id] = g.values[o].value;
  return axis;
}

Axis training_time(const Dataset& dataset) {
  Axis axis{"training time", "s", {}, {}};
  for (const Group& g : dataset.groups) axis.values[g.id] = g.family == Family::prompting ? 0 : g.costs.adapt_seconds;
  return axis;
}

Front front(const Dataset& dataset, const std::map<std::string, std::vector<double>>& quality, const Axis& axis) {
  const Output& primary = dataset.outputs[dataset.primary];
  Front made{axis.name, axis.unit, {}};
  std::vector<double> points, draws;
  std::size_t resamples = 0;
  for (const Group& g : dataset.groups) {
    const double x = axis.values.at(g.id);
    if (std::isnan(x) || std::isnan(g.values[dataset.primary].value) || !quality.contains(g.id)) continue;
    made.points.push_back({g.id, x, false, kUnknown});
    points.insert(points.end(), {g.values[dataset.primary].value, x});
    resamples = quality.at(g.id).size();
  }
  for (std::size_t b = 0; b < resamples; ++b) {
    for (const Front::Point& point : made.points) {
      const auto drawn = axis.resampled.find(point.group);
      draws.push_back(quality.at(point.group).at(b));
      draws.push_back(drawn == axis.resampled.end() || b >= drawn->second.size() ? point.x : drawn->second[b]);
    }
  }
  const std::vector<stats::Better> criteria{primary.higher_is_better ? stats::Better::higher : stats::Better::lower,
                                            stats::Better::lower};
  const std::vector<bool> on = stats::pareto_front(points, criteria);
  const std::vector<double> shares = stats::front_shares(draws, made.points.size(), criteria);
  for (std::size_t i = 0; i < made.points.size(); ++i) made.points[i].on = on[i], made.points[i].share = shares[i];
  return made;
}

bool differs(const Axis& axis) {
  double low = kUnknown, high = kUnknown;
  for (const auto& [group, x] : axis.values) low = std::fmin(low, x), high = std::fmax(high, x);
  return low < high;
}

}  // namespace

std::vector<Front> fronts(const Dataset& dataset, const std::map<std::string, const store::Bundle*>& compared) {
  std::vector<Front> made;
  if (dataset.outputs.empty()) return made;
  const Output& primary = dataset.outputs[dataset.primary];
  const auto quality = resampled(*compared.at(primary.metric), primary.name);
  if (quality.empty()) return made;
  std::vector<Axis> axes;
  for (std::size_t o = 0; o < dataset.outputs.size(); ++o) {
    const Output& output = dataset.outputs[o];
    if ((output.name == "cost" || output.name == "latency.p95") && o != dataset.primary)
      axes.push_back(axis_of(dataset, o, *compared.at(output.metric)));
  }
  axes.push_back(training_time(dataset));
  for (const Axis& axis : axes)
    if (differs(axis)) made.push_back(front(dataset, quality, axis));
  return made;
}

}  // namespace assay::report
