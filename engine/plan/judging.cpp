#include "plan/judging.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/axes.h"
#include "config/metric_name.h"
#include "config/nearest.h"
#include "plan/grid.h"

namespace assay::plan {
namespace {

constexpr const char* kBaseline = "baseline";
constexpr const char* kReference = "reference";

std::string text_of(const Json& params, const char* name) {
  return params.contains(name) && params[name].is_string() ? params[name].get<std::string>() : "";
}

bool is_meant(const Cell& cell, const std::string& against, const std::map<std::string, std::string>& entries) {
  return against == kBaseline ? cell.is_baseline : entries.at(cell.group) == against;
}

bool tunes(const config::Experiment& experiment) {
  for (const config::StrategyEntry& entry : experiment.strategies) {
    for (const config::StrategySetting& part : entry.parts) {
      if (!config::axis_names(part.params, config::AxisKind::tune).empty()) return true;
    }
  }
  return false;
}

}  // namespace

std::optional<std::string> judge_of(const config::PluginManifest& metric, const Json& params,
                                    const std::string& cell_model) {
  if (!metric.asks) return std::nullopt;
  const std::string named = text_of(params, "model");
  return named.empty() ? cell_model : named;
}

std::string against_of(const config::PluginManifest& metric, const Json& params) {
  if (!metric.asks || text_of(params, "mode") == "rubric") return "";
  const std::string named = text_of(params, "against");
  return named == kReference ? "" : named;
}

std::vector<std::pair<const config::MetricSetting*, std::string>> judging_problems(
    const config::Experiment& experiment, const config::PluginManifests& plugins) {
  std::vector<std::pair<const config::MetricSetting*, std::string>> problems;
  std::vector<std::string> models, strategies{kReference, kBaseline};
  for (const auto& model : experiment.models) models.push_back(model.name);
  for (const auto& entry : experiment.strategies) strategies.push_back(config::entry_name(entry));
  const auto is_known = [](const std::vector<std::string>& known, const std::string& name) {
    return std::find(known.begin(), known.end(), name) != known.end();
  };
  for (const auto& metric : experiment.metrics) {
    const auto& manifest = manifest_of(plugins, "metric", metric.name);
    const std::string judge = manifest.asks ? text_of(metric.params, "model") : "";
    if (!judge.empty() && !is_known(models, judge)) {
      problems.emplace_back(&metric, fmt::format("'{}' is to ask the model '{}', which the experiment does not have{}",
                                                 config::called(metric), judge, config::suggestion(judge, models)));
    }
    const std::string against = against_of(manifest, metric.params);
    if (!against.empty() && !is_known(strategies, against)) {
      problems.emplace_back(&metric,
                            fmt::format("'{}' compares with '{}', which is none of the matrix's strategies{}",
                                        config::called(metric), against, config::suggestion(against, strategies)));
    }
    if (!against.empty() && experiment.tuning.metric == config::called(metric) && tunes(experiment)) {
      problems.emplace_back(
          &metric,
          fmt::format(
              "'{}' compares with the answers of another cell, which is not asked about the validation split, so "
              "it cannot choose among trials; name another metric in `tuning.metric`",
              config::called(metric)));
    }
  }
  return problems;
}

const Cell& opponent_of(const Cell& cell, const std::string& against, const std::vector<Cell>& cells,
                        const std::map<std::string, std::string>& entries, const config::Position& at) {
  std::vector<const Cell*> meant;
  for (const Cell& other : cells) {
    if (other.dataset == cell.dataset && is_meant(other, against, entries)) meant.push_back(&other);
  }
  const auto of_model = [&](const Cell* other) { return other->model == cell.model; };
  if (std::any_of(meant.begin(), meant.end(), of_model))
    std::erase_if(meant, [&](const Cell* other) { return !of_model(other); });
  if (meant.empty()) {
    throw config::InvalidExperiment(
        {fmt::format("{}: answers on '{}' are to be compared with those of '{}', and no such cell is planned there",
                     at.text(), cell.dataset, against)});
  }
  for (const Cell* other : meant) {
    if (other->group == meant.front()->group) continue;
    throw config::InvalidExperiment({fmt::format(
        "{}: answers of {} on '{}' are to be compared with those of '{}', which are several: {} on {}, {} on "
        "{}; give the one that is meant an entry of its own with a `name`",
        at.text(), cell.model, cell.dataset, against, meant.front()->strategy_label, meant.front()->model,
        other->strategy_label, other->model)});
  }
  const auto same_seed =
      std::find_if(meant.begin(), meant.end(), [&](const Cell* other) { return other->seed == cell.seed; });
  return same_seed == meant.end() ? *meant.front() : **same_seed;
}

}  // namespace assay::plan
