#include "plan/grid.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <span>

#include "assay/sdk/error.h"
#include "assay/sdk/random.h"
#include "config/axes.h"
#include "config/cell_pattern.h"

namespace assay::plan {
namespace {

using config::AxisKind;
using config::StrategyEntry;
using config::StrategySetting;

constexpr std::size_t kNamesShown = 20;  // in a message of what a pattern could have meant

/// The entry with `matrix.train_size` as an axis of each part that reads training rows and names no size itself.
StrategyEntry with_train_sizes(StrategyEntry entry, const std::vector<std::size_t>& sizes,
                               const config::PluginManifests& plugins) {
  std::vector<config::AxisPlace> places;
  for (std::size_t part = 0; part < entry.parts.size() && !sizes.empty(); ++part) {
    StrategySetting& setting = entry.parts[part];
    if (!manifest_of(plugins, "strategy", setting.name).takes_train_size() || setting.params.contains("train_size"))
      continue;
    setting.params["train_size"] = {{"sweep", sizes}};
    places.push_back({part, "train_size"});
  }
  if (places.size() > 1) entry.zips.push_back(std::move(places));
  return entry;
}

/// The axes of the matrix that an entry has: part number and parameter.
std::set<std::pair<std::size_t, std::string>> axes_of(const StrategyEntry& entry) {
  std::set<std::pair<std::size_t, std::string>> axes;
  for (std::size_t part = 0; part < entry.parts.size(); ++part) {
    for (const std::string& name : config::axis_names(entry.parts[part].params)) axes.emplace(part, name);
  }
  return axes;
}

/// A value for people, with "tuned" in the place of what is.
Json shown(const Json& value) {
  if (!value.is_object()) return value;
  if (value.size() == 1 && value.contains("tune")) return "tuned";
  Json out = Json::object();
  for (const auto& [key, inner] : value.items()) out[key] = shown(inner);
  return out;
}

std::string printed(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

std::vector<StrategySetting> without_train_size(std::vector<StrategySetting> strategy,
                                                const config::PluginManifests& plugins) {
  for (StrategySetting& part : strategy) {
    if (manifest_of(plugins, "strategy", part.name).takes_train_size()) part.params.erase("train_size");
  }
  return strategy;
}

std::string short_hash(const Json& value) { return data::sha256(value).substr(0, 12); }

bool names_baseline(const std::string& wanted, const std::string& entry, const Cell& cell) {
  return wanted.empty() || wanted == entry || wanted == cell.strategy_label;
}

/// "learning_rate=0.001, rank=8": what tells a trial from the others of its cell.
std::string trial_label(const std::vector<StrategySetting>& tuned, const std::vector<StrategySetting>& setting) {
  const auto holders = std::count_if(tuned.begin(), tuned.end(), [](const StrategySetting& part) {
    return !config::axis_names(part.params, AxisKind::tune).empty();
  });
  std::string label;
  for (std::size_t part = 0; part < tuned.size(); ++part) {
    for (const std::string& name : config::axis_names(tuned[part].params, AxisKind::tune)) {
      label += (label.empty() ? "" : ", ") + (holders > 1 ? setting[part].name + "." : "") + name + "=" +
               printed(setting[part].params.at(name));
    }
  }
  return label;
}

class GridMaker {
 public:
  GridMaker(const config::Experiment& experiment, const config::PluginManifests& plugins)
      : experiment_(experiment), plugins_(plugins) {}

  Grid make() {
    for (const std::string& model : experiment_.matrix_models) {
      for (const std::string& dataset : experiment_.matrix_datasets) {
        for (const StrategyEntry& entry : experiment_.strategies) {
          const auto& only = entry.datasets;
          if (only.empty() || std::find(only.begin(), only.end(), dataset) != only.end())
            add_entry(model, dataset, entry);
        }
      }
    }
    for (std::size_t i = 0; i < experiment_.exclude.size(); ++i) {
      if (excluded_.count(i) == 0)
        throw_unmatched(experiment_.exclude[i], "this item of 'matrix.exclude' matches no cell");
    }
    if (grid_.cells.empty())
      throw config::InvalidExperiment({"'matrix.exclude' drops every cell; nothing is left to run"});
    warn_of_tuning();
    select();
    mark_baselines();
    return std::move(grid_);
  }

 private:
  void add_entry(const std::string& model, const std::string& dataset, const StrategyEntry& written) {
    const StrategyEntry entry = with_train_sizes(written, experiment_.train_sizes, plugins_);
    const auto points = config::expand_parts(entry.parts, entry.zips);
    const auto axes = axes_of(entry);
    for (const auto& point : points) {
      Cell cell;
      cell.model = model;
      cell.dataset = dataset;
      cell.strategy = point;
      const auto name = [&](const std::vector<StrategySetting>& strategy) {
        const std::string label = label_of(strategy, plugins_, axes);
        return entry.label.empty() ? label : points.size() == 1 ? entry.label : entry.label + ": " + label;
      };
      cell.strategy_label = name(point);
      const auto bare = without_train_size(point, plugins_);
      cell.curve_label = name(bare);
      Json group{{"model", model}, {"dataset", dataset}, {"strategy", to_json(bare)}};
      cell.curve = short_hash(group);
      group["strategy"] = to_json(point);
      const bool tuned = std::any_of(point.begin(), point.end(), [](const StrategySetting& part) {
        return !config::axis_names(part.params, AxisKind::tune).empty();
      });
      if (tuned) group["tuning"] = {experiment_.tuning.trials, experiment_.tuning.output};
      cell.group = short_hash(group);
      if (const auto [first, added] = entries_.emplace(cell.group, &written); !added) {
        throw config::InvalidExperiment(
            {fmt::format("{}: {} on {} · {} stands in the matrix already, by the entry of line {}",
                         entry.position.text(), cell.strategy_label, model, dataset, first->second->position.line)});
      }
      for (const std::uint64_t seed : experiment_.seeds) {
        cell.seed = seed;
        cell.id = short_hash({{"group", group}, {"seed", seed}});
        Cell whole = cell;
        if (is_excluded(whole, point)) continue;
        if (tuned && !add_trials(whole, entry)) continue;
        grid_.cells.push_back(std::move(whole));
      }
    }
  }

  config::CellPoint point_of(const Cell& cell, const std::vector<StrategySetting>& parts) {
    entry_name_ = config::entry_name(*entries_.at(cell.group));
    return {cell.model, cell.dataset, entry_name_, cell.strategy_label, parts, cell.seed, cell.id};
  }

  bool is_excluded(const Cell& cell, const std::vector<StrategySetting>& parts) {
    bool any = false;
    for (std::size_t i = 0; i < experiment_.exclude.size(); ++i) {
      if (!config::matches(experiment_.exclude[i], point_of(cell, parts))) continue;
      excluded_.insert(i);
      any = true;
    }
    return any;
  }

  /// False where `exclude` drops all of them.
  bool add_trials(Cell& cell, const StrategyEntry& entry) {
    std::vector<Trial> all;
    for (auto& setting : config::expand_parts(cell.strategy, entry.zips, AxisKind::tune)) {
      Trial trial;
      trial.number = cell.settings++;
      trial.label = trial_label(cell.strategy, setting);
      trial.strategy = std::move(setting);
      if (!is_excluded(cell, trial.strategy)) all.push_back(std::move(trial));
    }
    const std::size_t wanted = experiment_.tuning.trials;
    if (wanted > 0 && all.size() > wanted) {
      std::vector<std::size_t> order(all.size());
      for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
      sdk::Random(cell.seed, "trials").shuffle(std::span<std::size_t>(order));
      order.resize(wanted);
      std::sort(order.begin(), order.end());
      for (const std::size_t i : order) cell.trials.push_back(std::move(all[i]));
    } else {
      cell.trials = std::move(all);
    }
    return !cell.trials.empty();
  }

  /// A comparison is fair where every strategy that is tuned had as many tries.
  void warn_of_tuning() {
    const std::size_t wanted = experiment_.tuning.trials;
    std::map<std::size_t, std::string> by_count;
    std::set<std::string> told;
    bool any = false;
    for (const Cell& cell : grid_.cells) {
      if (cell.trials.empty()) continue;
      any = true;
      by_count.emplace(cell.trials.size(), cell.strategy_label);
      if (cell.trials.size() < wanted && told.insert(cell.strategy_label).second) {
        grid_.warnings.push_back(
            fmt::format("{} is tuned over {} settings, fewer than the {} trials that `tuning` gives every strategy",
                        cell.strategy_label, cell.trials.size(), wanted));
      }
    }
    if (wanted > 0 && !any)
      grid_.warnings.push_back(
          "`tuning` gives trials, but nothing in the matrix is tuned: no parameter has {tune: […]}");
    if (wanted == 0 && by_count.size() > 1) {
      grid_.warnings.push_back(
          fmt::format("strategies are tuned unequally: {} over {} settings, {} over {}; `tuning: {{trials: {}}}` would "
                      "give each as many",
                      by_count.begin()->second, by_count.begin()->first, by_count.rbegin()->second,
                      by_count.rbegin()->first, by_count.begin()->first));
    }
  }

  void select() {
    const config::Selection& wanted = experiment_.selection;
    if (wanted.is_whole()) return;
    for (const auto& [patterns, option] : {std::pair{&wanted.only, "--only"}, {&wanted.skip, "--skip"}}) {
      for (const config::CellPattern& pattern : *patterns) {
        const bool any = std::any_of(grid_.cells.begin(), grid_.cells.end(), [&](const Cell& cell) {
          return config::matches(pattern, point_of(cell, cell.strategy));
        });
        if (!any) throw_unmatched(pattern, "this matches no cell");
        grid_.selection += fmt::format("{}{} {}", grid_.selection.empty() ? "" : " ", option, pattern.text);
      }
    }
    const std::size_t all = grid_.cells.size();
    std::erase_if(grid_.cells, [&](const Cell& cell) {
      const config::CellPoint point = point_of(cell, cell.strategy);
      return (!wanted.only.empty() && !config::matches_any(wanted.only, point)) ||
             config::matches_any(wanted.skip, point);
    });
    if (grid_.cells.empty()) throw config::InvalidExperiment({grid_.selection + " leave no cell to run"});
    grid_.selection = fmt::format("{} of {} cells, by {}", grid_.cells.size(), all, grid_.selection);
  }

  [[noreturn]] void throw_unmatched(const config::CellPattern& pattern, const std::string& what) const {
    std::vector<std::string> strategies;
    for (const StrategyEntry& entry : experiment_.strategies) strategies.push_back(config::entry_name(entry));
    for (const Cell& cell : grid_.cells) strategies.push_back(cell.strategy_label);
    std::vector<std::string> names;
    for (std::string& name : strategies) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
    }
    const std::size_t more = names.size() > kNamesShown ? names.size() - kNamesShown : 0;
    names.resize(names.size() - more);
    throw config::InvalidExperiment(
        {fmt::format("{}: {}; there are: model {}; dataset {}; strategy {}{}; seed {}", pattern.position.text(), what,
                     fmt::join(experiment_.matrix_models, ", "), fmt::join(experiment_.matrix_datasets, ", "),
                     fmt::join(names, ", "), more > 0 ? fmt::format(" and {} more", more) : "",
                     fmt::join(experiment_.seeds, ", "))});
  }

  void mark_baselines() {
    std::map<std::string, std::string> baseline_of_dataset;
    for (const Cell& cell : grid_.cells) {
      const std::string& entry = grid_.entries[cell.group] = config::entry_name(*entries_.at(cell.group));
      if (names_baseline(experiment_.report.baseline, entry, cell))
        baseline_of_dataset.emplace(cell.dataset, cell.group);
    }
    for (Cell& cell : grid_.cells) {
      // A baseline that is limited to other datasets leaves this one with its first group.
      const auto [baseline, added] = baseline_of_dataset.emplace(cell.dataset, cell.group);
      cell.is_baseline = baseline->second == cell.group;
    }
  }

  const config::Experiment& experiment_;
  const config::PluginManifests& plugins_;
  Grid grid_;
  std::map<std::string, const StrategyEntry*> entries_;  ///< by group
  std::set<std::size_t> excluded_;                       ///< items of `exclude` that matched something
  std::string entry_name_;                               ///< what `point_of` refers to
};

}  // namespace

const config::PluginManifest& manifest_of(const config::PluginManifests& plugins, const std::string& kind,
                                          const std::string& name) {
  for (const auto& plugin : plugins) {
    if (plugin.kind == kind && plugin.name == name) return plugin;
  }
  throw BadInput(fmt::format("no {} plugin is named '{}'; 'assay plugins' lists all", kind, name));
}

std::string label_of(const std::vector<StrategySetting>& strategy, const config::PluginManifests& plugins,
                     const std::set<std::pair<std::size_t, std::string>>& axes) {
  std::string label;
  for (std::size_t part = 0; part < strategy.size(); ++part) {
    const StrategySetting& setting = strategy[part];
    const Json properties = manifest_of(plugins, "strategy", setting.name).params.value("properties", Json::object());
    std::string params;
    for (const auto& [name, value] : setting.params.items()) {
      const bool is_default =
          properties.contains(name) && properties[name].contains("default") && properties[name]["default"] == value;
      if (is_default && axes.count({part, name}) == 0) continue;
      params += (params.empty() ? "" : ", ") + name + "=" + printed(shown(value));
    }
    label += (label.empty() ? "" : " + ") + setting.name + (params.empty() ? "" : "(" + params + ")");
  }
  return label;
}

Grid expand_grid(const config::Experiment& experiment, const config::PluginManifests& plugins) {
  return GridMaker(experiment, plugins).make();
}

}  // namespace assay::plan
