#include "plan/grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "assay/sdk/error.h"
#include "config/axes.h"

namespace assay::plan {
namespace {

using config::StrategyEntry;
using config::StrategySetting;

/// One point of an entry's axes, with the names of the parameters that are axes.
struct Point {
  std::vector<StrategySetting> parts;
  std::set<std::pair<std::size_t, std::string>> axes;  ///< part number and parameter
};

std::vector<Point> expand(const StrategyEntry& entry) {
  std::vector<Point> points{{entry.parts, {}}};
  for (std::size_t part = 0; part < entry.parts.size(); ++part) {
    std::vector<Point> wider;
    for (const Point& point : points) {
      for (Json& params : config::expand_axes(entry.parts[part].params)) {
        Point next = point;
        next.parts[part].params = std::move(params);
        for (const std::string& name : config::axis_names(entry.parts[part].params)) next.axes.emplace(part, name);
        wider.push_back(std::move(next));
      }
    }
    points = std::move(wider);
  }
  return points;
}

std::string printed(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

/// "lora(rank=8) + few_shot(shots=2)": axes, and what differs from the plugin's defaults.
std::string label_of(const Point& point, const config::PluginManifests& plugins) {
  std::string label;
  for (std::size_t part = 0; part < point.parts.size(); ++part) {
    const StrategySetting& setting = point.parts[part];
    const Json properties = manifest_of(plugins, "strategy", setting.name).params.value("properties", Json::object());
    std::string params;
    for (const auto& [name, value] : setting.params.items()) {
      const bool is_default = properties.contains(name) && properties[name].contains("default") && properties[name]["default"] == value;
      if (is_default && point.axes.count({part, name}) == 0) continue;
      params += (params.empty() ? "" : ", ") + name + "=" + printed(value);
    }
    label += (label.empty() ? "" : " + ") + setting.name + (params.empty() ? "" : "(" + params + ")");
  }
  return label;
}

std::string short_hash(const Json& value) { return data::sha256(value).substr(0, 12); }

bool names_baseline(const std::string& wanted, const StrategyEntry& entry, const Cell& cell) {
  if (wanted.empty()) return true;
  return wanted == config::entry_name(entry) || wanted == cell.strategy_label;
}

}  // namespace

const config::PluginManifest& manifest_of(const config::PluginManifests& plugins, const std::string& kind, const std::string& name) {
  for (const auto& plugin : plugins) {
    if (plugin.kind == kind && plugin.name == name) return plugin;
  }
  throw BadInput(fmt::format("no {} plugin is named '{}'; 'assay plugins' lists all", kind, name));
}

std::vector<Cell> expand_grid(const config::Experiment& experiment, const config::PluginManifests& plugins) {
  std::vector<Cell> cells;
  std::map<std::string, std::string> baseline_of_dataset;
  std::map<std::string, const StrategyEntry*> entries;  ///< by group
  for (const std::string& model : experiment.matrix_models) {
    for (const std::string& dataset : experiment.matrix_datasets) {
      for (const StrategyEntry& entry : experiment.strategies) {
        const auto& only = entry.datasets;
        if (!only.empty() && std::find(only.begin(), only.end(), dataset) == only.end()) continue;
        const auto points = expand(entry);
        for (const Point& point : points) {
          Cell cell;
          cell.model = model;
          cell.dataset = dataset;
          cell.strategy = point.parts;
          cell.strategy_label = label_of(point, plugins);
          if (!entry.label.empty()) cell.strategy_label = points.size() == 1 ? entry.label : entry.label + ": " + cell.strategy_label;
          Json strategy = Json::array();
          for (const auto& part : point.parts) strategy.push_back({{"name", part.name}, {"params", part.params}});
          const Json group{{"model", model}, {"dataset", dataset}, {"strategy", strategy}};
          cell.group = short_hash(group);
          if (const auto [first, added] = entries.emplace(cell.group, &entry); !added) {
            throw config::InvalidExperiment({fmt::format("{}: {} on {} · {} stands in the matrix already, by the entry of line {}", entry.position.text(),
                                                         cell.strategy_label, model, dataset, first->second->position.line)});
          }
          if (names_baseline(experiment.report.baseline, entry, cell)) baseline_of_dataset.emplace(dataset, cell.group);
          for (const std::uint64_t seed : experiment.seeds) {
            cell.seed = seed;
            cell.id = short_hash({{"group", group}, {"seed", seed}});
            cells.push_back(cell);
          }
        }
      }
    }
  }
  for (Cell& cell : cells) {
    // A baseline that is limited to other datasets leaves this one with its first group.
    const auto [baseline, added] = baseline_of_dataset.emplace(cell.dataset, cell.group);
    cell.is_baseline = baseline->second == cell.group;
  }
  return cells;
}

}  // namespace assay::plan
