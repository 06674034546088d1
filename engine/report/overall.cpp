#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "report/format.h"
#include "report/recommendation.h"

namespace assay::report {
namespace {

/// Where each strategy is better and worse than the baseline, over datasets that share it. Two datasets are told of by
/// their own sections.
std::string against_baseline(const ReportData& report) {
  constexpr std::size_t kFewestDatasets = 3;
  struct Where {
    std::vector<std::string> better, worse, equal;
  };
  std::map<std::string, Where> strategies;
  std::set<std::string> baselines;
  std::size_t comparisons = 0;
  for (const Dataset& dataset : report.datasets) {
    const Group* baseline = dataset.find(dataset.baseline);
    if (!baseline || dataset.outputs.empty()) continue;
    baselines.insert(named(*baseline));
    for (const Group& group : dataset.groups) {
      if (&group == baseline) continue;
      auto gain = dataset.difference(dataset.primary, group.id, baseline->id);
      if (!gain) continue;
      if (!dataset.outputs[dataset.primary].higher_is_better) gain = gain->reversed();
      Where& where = strategies[named(group)];
      (!gain->shown() ? where.equal : gain->value > 0 ? where.better : where.worse).push_back(dataset.name);
      ++comparisons;
    }
  }
  std::string text;
  if (baselines.size() != 1) return text;
  bool told = false;
  for (const auto& [strategy, where] : strategies) {
    const std::size_t all = where.better.size() + where.worse.size() + where.equal.size();
    if (all < kFewestDatasets) continue;
    told = true;
    std::vector<std::string> parts;
    const auto part = [&](const char* what, const std::vector<std::string>& names) {
      if (!names.empty()) parts.push_back(fmt::format("{} on {} ({})", what, names.size(), joined(names)));
    };
    part("better", where.better), part("worse", where.worse), part("not shown to differ", where.equal);
    text += fmt::format(" Against the baseline {}, {} is, of {} datasets, {}.", *baselines.begin(), strategy, all,
                        joined(parts));
  }
  if (told) {
    text += fmt::format(
        " Each of these {} comparisons is paired and made at {:g} %, adjusted by Holm for all comparisons of the "
        "experiment.",
        comparisons, report.confidence * 100);
  }
  return text;
}

}  // namespace

std::string recommend_overall(const ReportData& report) {
  if (report.datasets.size() < 2) return "";
  std::map<Family, std::vector<std::string>> by_family;
  std::map<Family, std::vector<std::pair<std::string, std::vector<std::string>>>>
      places;  // of each cell, first met first
  std::set<std::string> strategies;
  std::vector<std::string> unknown;
  for (const Dataset& dataset : report.datasets) {
    const Group* chosen = dataset.find(dataset.recommendation.group);
    if (!chosen) {
      unknown.push_back(dataset.name);
      continue;
    }
    auto& of_family = places[chosen->family];
    auto found =
        std::find_if(of_family.begin(), of_family.end(), [&](const auto& one) { return one.first == named(*chosen); });
    if (found == of_family.end()) found = of_family.insert(found, {named(*chosen), {}});
    found->second.push_back(dataset.name);
    strategies.insert(chosen->label);
  }
  for (const auto& [family, cells] : places) {
    for (const auto& [cell, datasets] : cells) {
      by_family[family].push_back(datasets.size() == 1
                                      ? fmt::format("{} on {}", cell, datasets.front())
                                      : fmt::format("{} on {} datasets ({})", cell, datasets.size(), joined(datasets)));
    }
  }
  std::string text;
  if (by_family.empty()) return "No dataset has a result to recommend from.";
  if (strategies.size() == 1) {
    text = fmt::format("The same cell, `{}`, is recommended on every dataset that has a result.", *strategies.begin());
  } else if (by_family.size() == 1) {
    text = fmt::format("{} is recommended on every dataset that has a result, in different settings: {}.",
                       by_family.begin()->first == Family::prompting     ? "Prompting"
                       : by_family.begin()->first == Family::fine_tuning ? "Fine-tuning"
                                                                         : "A hybrid",
                       joined(by_family.begin()->second));
  } else {
    std::vector<std::string> parts;
    for (const auto& [family, choices] : by_family)
      parts.push_back(fmt::format("{} ({})", to_string(family), joined(choices)));
    text = fmt::format("The answer depends on the task: {}.", joined(parts));
  }
  if (!unknown.empty()) text += fmt::format(" There is no result on {}.", joined(unknown));
  return text + against_baseline(report);
}

}  // namespace assay::report
