#include "report/ranking.h"

#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <cmath>
#include <map>

#include "report/format.h"
#include "stats/multiple_comparisons.h"

namespace assay::report {

std::string to_string(Family family) {
  switch (family) {
    case Family::prompting:
      return "prompting";
    case Family::fine_tuning:
      return "fine-tuning";
    case Family::hybrid:
      return "hybrid";
  }
  return "";
}

const Group* Dataset::find(const std::string& id) const {
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.id == id; });
  return found == groups.end() ? nullptr : &*found;
}

std::optional<Difference> Dataset::difference(std::size_t output, const std::string& a, const std::string& b) const {
  if (const auto found = pairs.find({output, a, b}); found != pairs.end()) return found->second;
  if (const auto found = pairs.find({output, b, a}); found != pairs.end()) return found->second.reversed();
  return std::nullopt;
}

namespace {

/// Large grids are not compared in all pairs; two groups that were not stand apart where their own intervals do.
bool apart(const Dataset& dataset, const Group& a, const Group& b) {
  if (const auto d = dataset.difference(dataset.primary, a.id, b.id)) return d->shown();
  const Value &x = a.values[dataset.primary], &y = b.values[dataset.primary];
  return x.low > y.high || y.low > x.high;
}

}  // namespace

void rank(Dataset& dataset) {
  if (dataset.outputs.empty()) return;
  const std::size_t primary = dataset.primary;
  const bool higher = dataset.outputs[primary].higher_is_better;
  const auto value = [&](const Group& g) { return g.values[primary].value; };
  std::stable_sort(dataset.groups.begin(), dataset.groups.end(), [&](const Group& a, const Group& b) {
    if (std::isnan(value(a)) || std::isnan(value(b))) return !std::isnan(value(a)) && std::isnan(value(b));
    return higher ? value(a) > value(b) : value(a) < value(b);
  });
  std::vector<Group*> left;
  for (Group& g : dataset.groups) {
    g.rank = 0;
    g.tied = false;
    if (!std::isnan(value(g))) left.push_back(&g);
  }
  int place = 1;
  while (!left.empty()) {
    std::vector<Group*> tier, rest;
    for (Group* g : left) {
      (g == left.front() || !apart(dataset, *left.front(), *g) ? tier : rest).push_back(g);
    }
    for (Group* g : tier) {
      g->rank = place;
      g->tied = tier.size() > 1;
    }
    place += static_cast<int>(tier.size());
    left = std::move(rest);
  }
  // A group that is well measured may stand apart from the best while a lower one that is not does not.
  std::stable_sort(dataset.groups.begin(), dataset.groups.end(), [](const Group& a, const Group& b) {
    return (a.rank == 0 ? INT_MAX : a.rank) < (b.rank == 0 ? INT_MAX : b.rank);
  });
}

namespace {

std::vector<double> corrected(const std::vector<double>& p_values, const std::string& correction) {
  return correction == "holm"                 ? stats::holm(p_values)
         : correction == "benjamini_hochberg" ? stats::benjamini_hochberg(p_values)
                                              : p_values;
}

void adjust(const ReportData& report, const std::map<std::string, std::vector<Difference*>>& families) {
  for (const auto& [unused, family] : families) {
    std::vector<double> p_values;
    for (const Difference* d : family) p_values.push_back(d->p_value);
    const std::vector<double> adjusted = corrected(p_values, report.terms.correction);
    for (std::size_t i = 0; i < family.size(); ++i) {
      family[i]->p_adjusted = adjusted[i];
      family[i]->level = 1 - report.confidence;
    }
  }
}

}  // namespace

void adjust_for_many(ReportData& report) {
  std::map<std::string, std::vector<Difference*>> all, with_baseline;
  for (Dataset& dataset : report.datasets) {
    for (auto& [key, difference] : dataset.pairs) {
      const auto& [output, a, b] = key;
      all[dataset.outputs[output].name].push_back(&difference);
      if (a == dataset.baseline || b == dataset.baseline)
        with_baseline[dataset.outputs[output].name].push_back(&difference);
    }
  }
  adjust(report, all);
  if (report.terms.family == "baseline") adjust(report, with_baseline);
}

void judge_constraints(ReportData& report) {
  const auto judge = [](Group& group, const std::optional<double>& limit, double value, const std::string& what,
                        const auto& text) {
    if (!limit || group.rank == 0) return;
    if (std::isnan(value))
      group.unjudged.push_back(what);
    else if (value > *limit)
      group.violations.push_back(fmt::format("{} {} is above {}", what, text(value), text(*limit)));
  };
  for (Dataset& dataset : report.datasets)
    for (Group& group : dataset.groups) {
      group.violations.clear();
      group.unjudged.clear();
      judge(group, report.max_latency_p95_ms, group.costs.latency_p95_ms, "latency p95",
            [](double ms) { return significant(ms) + " ms"; });
      judge(group, report.max_cost_per_1k, group.costs.dollars_per_1k, "cost of 1,000 requests", dollars_text);
    }
}

}  // namespace assay::report
