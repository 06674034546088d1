#include "report/regressions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "assay/sdk/error.h"
#include "report/format.h"
#include "stats/multiple_comparisons.h"
#include "stats/noninferiority.h"
#include "stats/summary.h"

namespace assay::report {
namespace {

constexpr double kPointsOfShare = 100;

std::vector<double> negated(std::vector<double> values) {
  for (double& v : values) v = -v;
  return values;
}

/// The allowed drop of an output; NaN where the margins leave it out.
double margin_of(const Output& output, const Margins& margins) {
  if (margins.empty()) return 0;
  for (const std::string& name : {output.name, output.metric})
    if (const auto found = margins.find(name); found != margins.end())
      return found->second / (output.share ? kPointsOfShare : 1);
  return kUnknown;
}

void check_names(const ReportData& report, const Margins& margins) {
  std::set<std::string> known;
  for (const Dataset& dataset : report.datasets)
    for (const Output& output : dataset.outputs) known.insert({output.name, output.metric});
  for (const auto& [name, unused] : margins) {
    if (!known.contains(name))
      throw BadInput(fmt::format("'{}' is no value of run {}; it has {}", name, report.run,
                                 known.empty() ? "none" : joined({known.begin(), known.end()})));
  }
}

/// Both sides of one output of one cell.
class Pairing {
 public:
  Pairing(ComparedRun& before, const Dataset& before_dataset, const Group& before_group, ComparedRun& after,
          const Dataset& after_dataset, const Group& after_group)
      : before_(before),
        after_(after),
        old_dataset_(before_dataset),
        new_dataset_(after_dataset),
        old_(before_group),
        new_(after_group) {}

  CellChange of(const Output& output, const Output& old_output, double margin) {
    CellChange cell{new_dataset_.name,
                    old_.label,
                    new_.label,
                    output,
                    kUnknown,
                    kUnknown,
                    0,
                    0,
                    {},
                    margin,
                    1 - after_.report.confidence,
                    ""};
    const auto before = before_.scores.of(old_, old_output), after = after_.scores.of(new_, output);
    // Examples that come in clusters are no independent evidence, so only their resamples say how sure a difference is.
    if (new_dataset_.clusters == 0 && !before.empty() && !after.empty()) {
      by_examples(cell, before, after);
    } else {
      by_resamples(cell, output, old_output);
    }
    return cell;
  }

 private:
  void by_examples(CellChange& cell, const std::map<std::string, ExampleScore>& before,
                   const std::map<std::string, ExampleScore>& after) {
    std::vector<double> old_scores, new_scores;
    for (const auto& [id, score] : after) {
      const auto found = before.find(id);
      if (found == before.end() || found->second.target != score.target) continue;
      old_scores.push_back(found->second.score);
      new_scores.push_back(score.score);
    }
    cell.examples = old_scores.size();
    cell.unmatched = std::max(before.size(), after.size()) - cell.examples;
    if (cell.examples == 0) {
      cell.untested = "no example of one run is asked in the other with the same target";
      return;
    }
    cell.before = stats::mean(old_scores);
    cell.after = stats::mean(new_scores);
    const bool higher = cell.output.higher_is_better;
    put(cell, stats::paired_change(higher ? old_scores : negated(old_scores), higher ? new_scores : negated(new_scores),
                                   cell.margin, after_.report.confidence));
    if (cell.examples == 1) cell.untested = "one example shows no difference";
  }

  void by_resamples(CellChange& cell, const Output& output, const Output& old_output) {
    cell.before = value_of(old_dataset_, old_, old_output);
    cell.after = value_of(new_dataset_, new_, output);
    cell.examples = output.examples;
    const auto before = before_.scores.resampled(old_dataset_, old_, old_output),
               after = after_.scores.resampled(new_dataset_, new_, output);
    const double value = cell.after - cell.before;
    if (before.empty() || before.size() != after.size() ||
        before_.scores.questions(old_) != after_.scores.questions(new_)) {
      cell.change.value = value;
      cell.untested =
          before.empty() || after.empty()
              ? "it has no value for single examples, and its resamples are kept for the primary metric alone"
              : "it has no value for single examples, and the runs did not ask the same examples in the same order";
      return;
    }
    const bool higher = output.higher_is_better;
    const std::size_t units = new_dataset_.clusters > 0 ? new_dataset_.clusters : output.examples;
    put(cell, stats::resampled_change(higher ? value : -value, higher ? before : negated(before),
                                      higher ? after : negated(after), cell.margin, units, after_.report.confidence));
  }

  static double value_of(const Dataset& dataset, const Group& group, const Output& output) {
    for (std::size_t o = 0; o < dataset.outputs.size(); ++o)
      if (dataset.outputs[o].name == output.name) return group.values[o].value;
    return kUnknown;
  }

  static void put(CellChange& cell, const stats::Change& change) {
    cell.change.value = change.value;
    cell.change.low = change.interval.low;
    cell.change.high = change.interval.high;
    cell.change.p_value = change.p_value;
    cell.change.test = change.test;
    if (!cell.output.higher_is_better) cell.change = cell.change.reversed();
  }

  ComparedRun &before_, &after_;
  const Dataset &old_dataset_, &new_dataset_;
  const Group &old_, &new_;
};

void adjust_and_sort(CellChanges& changes) {
  std::vector<double> p_values;
  for (const CellChange& cell : changes.cells) p_values.push_back(cell.change.p_value);
  const std::vector<double> adjusted = stats::holm(p_values);
  for (std::size_t i = 0; i < changes.cells.size(); ++i) {
    changes.cells[i].change.p_adjusted = adjusted[i];
    changes.cells[i].change.level = changes.cells[i].level;
  }
  // Values of several units do not compare, so beyond what is shown the surest comes first.
  const auto place = [](const CellChange& c) {
    const int kind = c.regressed() ? 0 : c.improved() ? 2 : 1;
    const double p = std::isnan(c.change.p_value) ? 2 : c.change.p_value;
    return std::tuple(kind, c.gain() < 0 ? p : 4 - p);
  };
  std::stable_sort(changes.cells.begin(), changes.cells.end(),
                   [&](const CellChange& a, const CellChange& b) { return place(a) < place(b); });
}

const Group* partner(const Dataset& dataset, const Group& group) {
  const auto found = std::find_if(dataset.groups.begin(), dataset.groups.end(), [&](const Group& g) {
    return g.model == group.model && g.strategy == group.strategy;
  });
  return found == dataset.groups.end() ? nullptr : &*found;
}

const Dataset* dataset_of(const ReportData& report, const std::string& name) {
  const auto found =
      std::find_if(report.datasets.begin(), report.datasets.end(), [&](const Dataset& d) { return d.name == name; });
  return found == report.datasets.end() ? nullptr : &*found;
}

const Output* output_of(const Dataset& dataset, const Output& wanted) {
  const auto found = std::find_if(dataset.outputs.begin(), dataset.outputs.end(),
                                  [&](const Output& o) { return o.name == wanted.name && o.metric == wanted.metric; });
  return found == dataset.outputs.end() ? nullptr : &*found;
}

void add_cell(CellChanges& changes, Pairing pairing, const Dataset& before, const Dataset& after,
              const Margins& margins, std::int64_t before_run, std::set<std::string>& missing) {
  for (const Output& output : after.outputs) {
    const double margin = margin_of(output, margins);
    if (std::isnan(margin)) continue;
    const Output* old_output = output_of(before, output);
    if (!old_output) {
      missing.insert(fmt::format("{} was not measured on {} in run {}.", output.name, after.name, before_run));
      continue;
    }
    changes.cells.push_back(pairing.of(output, *old_output, margin));
  }
}

std::string cell_without_result(const Group& group, const std::string& dataset, std::int64_t run) {
  return fmt::format("{} on {} has no result in run {}.", named(group), dataset, run);
}

}  // namespace

Margins primary_outputs(const ReportData& report) {
  Margins margins;
  for (const Dataset& dataset : report.datasets)
    if (!dataset.outputs.empty()) margins[dataset.outputs[dataset.primary].name] = 0;
  return margins;
}

CellChanges compare_runs(ComparedRun& before, ComparedRun& after, const Margins& margins) {
  check_names(after.report, margins);
  CellChanges changes;
  std::set<std::string> missing;
  for (const Dataset& dataset : after.report.datasets) {
    const Dataset* old_dataset = dataset_of(before.report, dataset.name);
    if (!old_dataset) {
      changes.unmatched.push_back(fmt::format("The dataset {} is in run {} alone.", dataset.name, after.report.run));
      continue;
    }
    for (const Group& group : dataset.groups) {
      const Group* old_group = partner(*old_dataset, group);
      if (!old_group) {
        changes.unmatched.push_back(
            fmt::format("{} on {} is in run {} alone.", named(group), dataset.name, after.report.run));
      } else if (old_group->rank == 0) {
        changes.unmatched.push_back(cell_without_result(group, dataset.name, before.report.run));
      } else if (group.rank == 0) {
        changes.lost.push_back(fmt::format("{} on {} had a result in run {} and has none in run {}.", named(group),
                                           dataset.name, before.report.run, after.report.run));
      } else {
        add_cell(changes, {before, *old_dataset, *old_group, after, dataset, group}, *old_dataset, dataset, margins,
                 before.report.run, missing);
      }
    }
  }
  for (const Dataset& dataset : before.report.datasets) {
    const Dataset* new_dataset = dataset_of(after.report, dataset.name);
    if (!new_dataset)
      changes.unmatched.push_back(fmt::format("The dataset {} is in run {} alone.", dataset.name, before.report.run));
    for (const Group& group : dataset.groups)
      if (new_dataset && !partner(*new_dataset, group))
        changes.unmatched.push_back(
            fmt::format("{} on {} is in run {} alone.", named(group), dataset.name, before.report.run));
  }
  changes.unmatched.insert(changes.unmatched.end(), missing.begin(), missing.end());
  adjust_and_sort(changes);
  return changes;
}

CellChanges compare_with_baseline(ComparedRun& run, const Margins& margins) {
  check_names(run.report, margins);
  CellChanges changes;
  std::set<std::string> missing;
  for (const Dataset& dataset : run.report.datasets) {
    const Group* baseline = dataset.find(dataset.baseline);
    if (!baseline || baseline->rank == 0) {
      changes.unmatched.push_back(fmt::format("The baseline of {} has no result to compare with.", dataset.name));
      continue;
    }
    for (const Group& group : dataset.groups) {
      if (&group == baseline) continue;
      if (group.rank == 0)
        changes.unmatched.push_back(cell_without_result(group, dataset.name, run.report.run));
      else
        add_cell(changes, {run, dataset, *baseline, run, dataset, group}, dataset, dataset, margins, run.report.run,
                 missing);
    }
  }
  adjust_and_sort(changes);
  return changes;
}

}  // namespace assay::report
