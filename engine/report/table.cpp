#include "report/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "report/format.h"
#include "report/fragility.h"

namespace assay::report {

std::vector<Column> cost_columns(const Dataset& dataset) {
  std::vector<Column> columns;
  const auto add = [&](const char* title, const char* hint, const auto& known, const auto& text) {
    Column column{title, hint, {}};
    bool any = false;
    for (const Group& g : dataset.groups) {
      any = any || known(g);
      column.cells.push_back(known(g) ? text(g) : "–");
    }
    if (any) columns.push_back(std::move(column));
  };
  const auto has_value = [&](const Group& g) { return g.rank > 0; };
  add("seeds", "how many seeds, with their standard deviation; “any” where the result does not depend on the seed",
      has_value,
      [&](const Group& g) { return seeds_text(dataset.outputs[dataset.primary], g, g.values[dataset.primary]); });
  for (Column& column : fragility_columns(dataset)) columns.push_back(std::move(column));
  const auto number_of = [&](const char* title, const char* hint, double Costs::*member, const auto& text) {
    add(
        title, hint, [=](const Group& g) { return !std::isnan(g.costs.*member); },
        [=](const Group& g) { return text(g.costs.*member); });
  };
  add(
      "trials", "settings tried on the validation split for each cell",
      [](const Group& g) { return !g.tuning.empty(); },
      [](const Group& g) { return whole(static_cast<double>(g.tuning.front().trials.size())); });
  number_of("adapting", "time to train or to prepare prompts, all trials of tuning included, a mean over seeds",
            &Costs::adapt_seconds, seconds_text);
  add(
      "adapting, $", "US dollars of it", [](const Group& g) { return g.costs.adapt_dollars > 0; },
      [](const Group& g) { return dollars_text(g.costs.adapt_dollars); });
  number_of("trained", "trained parameters", &Costs::trained_parameters,
            [](double n) { return n == 0 ? std::string("–") : parameters_text(n); });
  number_of("answering", "time for the whole test set, in batches", &Costs::generate_seconds, seconds_text);
  add(
      "tokens", "prompt and completion tokens a request", [](const Group& g) { return !std::isnan(g.costs.tokens()); },
      [](const Group& g) { return significant(g.costs.tokens()); });
  number_of("per 1,000", "US dollars for 1,000 requests", &Costs::dollars_per_1k, dollars_text);
  number_of("p95", "95th percentile of latency, measured alone", &Costs::latency_p95_ms,
            [](double ms) { return significant(ms) + " ms"; });
  return columns;
}

namespace {

/// How the value that decides is written: as the test split's value of that name is.
Output deciding(const Dataset& dataset) {
  for (const Group& g : dataset.groups) {
    if (g.tuning.empty()) continue;
    const std::string& name = g.tuning.front().output;
    const auto found =
        std::find_if(dataset.outputs.begin(), dataset.outputs.end(), [&](const Output& o) { return o.name == name; });
    if (found != dataset.outputs.end()) return *found;
    return {"", name, "", g.tuning.front().higher_is_better, false, 0};
  }
  return {};
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  std::size_t count = 0;
  for (const double x : values)
    if (!std::isnan(x)) sum += x, ++count;
  return count == 0 ? kUnknown : sum / static_cast<double>(count);
}

}  // namespace

std::vector<TrialLine> trial_lines(const Dataset& dataset) {
  std::vector<TrialLine> lines;
  const Output output = deciding(dataset);
  for (const Group& g : dataset.groups) {
    // Under `trials: N` each seed draws its own settings.
    std::map<std::size_t, std::vector<const TrialRow*>> by_number;
    for (const Tuning& tuning : g.tuning)
      for (const TrialRow& trial : tuning.trials) by_number[trial.number].push_back(&trial);
    for (const auto& [unused, trials] : by_number) {
      const auto mean = [&](double TrialRow::*member) {
        std::vector<double> values;
        for (const TrialRow* trial : trials) values.push_back(trial->*member);
        return mean_of(values);
      };
      const auto chosen = std::count_if(trials.begin(), trials.end(), [](const TrialRow* t) { return t->chosen; });
      TrialLine line{g.label, trials.front()->label, "", "", "", "", "", ""};
      const double value = mean(&TrialRow::value);
      line.value = std::isnan(value) ? "–" : number(output, value);
      if (chosen > 0)
        line.chosen = g.tuning.size() == 1 ? "yes" : fmt::format("{} of {} seeds", chosen, g.tuning.size());
      line.seconds = seconds_text(mean(&TrialRow::seconds));
      line.tokens = whole(mean(&TrialRow::tokens));
      line.dollars = mean(&TrialRow::dollars) > 0 ? dollars_text(mean(&TrialRow::dollars)) : "";
      const auto failed =
          std::count_if(trials.begin(), trials.end(), [](const TrialRow* t) { return !t->failure.empty(); });
      for (const TrialRow* trial : trials)
        if (!trial->failure.empty() && std::isnan(value)) line.failure = trial->failure;
      if (failed > 0 && !std::isnan(value))
        line.value += fmt::format(" (failed under {} of {} seeds)", failed, trials.size());
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

std::string trial_title(const Dataset& dataset) {
  const Output output = deciding(dataset);
  const std::string label = unit(output);
  return fmt::format("{} on validation{}", output.name, label.empty() ? "" : ", " + label);
}

std::string tuning_note(const Dataset& dataset) {
  const Output output = deciding(dataset);
  return fmt::format(
      "Tuned parameters were chosen by {} on the validation split ({} is better; the first of equals), for every seed "
      "by "
      "itself; the test split was not read for it. All trials count as the cost of adapting.",
      output.name, output.higher_is_better ? "higher" : "lower");
}

FindingTable finding_table(const Dataset& dataset) {
  FindingTable table;
  std::map<std::string, std::string> units;
  for (const Group& g : dataset.groups) {
    for (const auto& [name, finding] : g.findings) units[name] = finding.unit;
  }
  for (const auto& [name, unit] : units) table.names.push_back(unit.empty() ? name : name + ", " + unit);
  for (const Group& g : dataset.groups) {
    if (g.findings.empty()) continue;
    FindingTable::Row row{g.label, {}};
    for (const auto& [name, unit] : units) {
      const auto found = g.findings.find(name);
      row.values.push_back(found == g.findings.end() ? "–" : significant(found->second.value));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::vector<std::size_t> curve_sizes(const Dataset& dataset) {
  std::set<std::size_t> sizes;
  for (const LearningCurve& curve : dataset.curves)
    for (const auto& [rows, unused] : curve.points) sizes.insert(rows);
  return {sizes.begin(), sizes.end()};
}

std::string curve_text(const Dataset& dataset, const LearningCurve& curve, std::size_t rows) {
  for (const auto& [size, id] : curve.points) {
    const Group* group = size == rows ? dataset.find(id) : nullptr;
    if (!group || group->rank == 0) continue;
    const Output& output = dataset.outputs[dataset.primary];
    const Value& v = group->values[dataset.primary];
    return fmt::format("{} {}", number(output, v.value), interval(output, v.low, v.high));
  }
  return "–";
}

std::string rank_text(const Group& group) {
  return group.rank == 0 ? "–" : fmt::format("{}{}", group.rank, group.tied ? " =" : "");
}

std::string missing_text(const Group& group) {
  if (group.rank == 0 || group.failures.empty()) return "";
  return fmt::format("{} of {} seeds without a result", group.failures.size(), group.cells.size());
}

std::string absent_text(const Group& group) {
  if (group.failures.empty()) return "no result";
  const bool failed = std::any_of(group.failures.begin(), group.failures.end(),
                                  [](const std::string& reason) { return reason != kNotRun; });
  return failed ? "failed" : "not run";
}

std::string primary_title(const Dataset& dataset) {
  const Output& output = dataset.outputs[dataset.primary];
  const std::string label = unit(output);
  return label.empty() ? output.name : output.name + ", " + label;
}

std::string difference_unit(const Dataset& dataset) {
  const Output& output = dataset.outputs[dataset.primary];
  return output.share ? "points" : unit(output);
}

namespace {

/// The tests by which the primary output was compared.
std::string tests_text(const Dataset& dataset) {
  const std::map<std::string, std::string> names{
      {"mcnemar_mid_p", "McNemar's mid-p"},           {"mcnemar_exact", "McNemar's exact"},
      {"paired_bootstrap", "the bootstrap"},          {"paired_t", "Student's t"},
      {"wilcoxon", "Wilcoxon's signed ranks"},        {"sign", "the sign test"},
      {"randomisation", "approximate randomisation"}, {"t_over_seeds", "Student's t over seeds and examples"}};
  std::set<std::string> used;
  for (const auto& [key, difference] : dataset.pairs)
    if (const auto name = names.find(difference.test); std::get<0>(key) == dataset.primary && name != names.end())
      used.insert(name->second);
  return used.empty() ? "none was made" : joined({used.begin(), used.end()});
}

std::string correction_text(const Terms& terms) {
  if (terms.correction == "none") return "not adjusted for their number";
  const char* by = terms.correction == "holm" ? "Holm" : "Benjamini and Hochberg";
  return fmt::format("adjusted by {} for the number of comparisons{}", by,
                     terms.family == "baseline" ? ", those with the baseline by themselves" : "");
}

}  // namespace

std::string interval_note(const ReportData& report, const Dataset& dataset) {
  const bool any = std::any_of(dataset.groups.begin(), dataset.groups.end(),
                               [](const Group& g) { return g.rank > 0 && g.seeds.size() > 1 && g.distinct == 1; });
  const std::string sample =
      dataset.clusters > 0
          ? fmt::format("{} clusters of test examples (by the bootstrap with {} resamples)",
                        whole(static_cast<double>(dataset.clusters)), whole(report.resamples))
          : fmt::format("{} test example{} (Wilson's of proportions, else the bootstrap's with {} resamples)",
                        whole(static_cast<double>(dataset.examples)), dataset.examples == 1 ? "" : "s",
                        whole(report.resamples));
  return fmt::format(
      "In brackets: {:g} % intervals over the {}, paired for differences; {}. Rank 1 holds every cell that is not "
      "shown to differ from the best, and so on. Tests are paired ({}) and {}; intervals are not.{}",
      report.confidence * 100, sample,
      report.terms.random_seeds ? "of what was trained they reckon with further seeds"
                                : "the spread between seeds stands apart",
      tests_text(dataset), correction_text(report.terms),
      any ? " Seeds “any”: nothing in the cell depends on the seed." : "");
}

std::string extent(const ReportData& report) {
  std::size_t cells = 0, done = 0;
  for (const Dataset& dataset : report.datasets)
    for (const Group& g : dataset.groups) {
      cells += g.cells.size();
      done += g.cells.size() - std::min(g.cells.size(), g.failures.size());
    }
  const std::size_t n = report.datasets.size();
  const std::string part = report.selection.empty() ? "" : "; a part of the matrix: " + report.selection;
  return done == cells ? fmt::format("{} cells on {} dataset{}{}", cells, n, n == 1 ? "" : "s", part)
                       : fmt::format("{} of {} cells on {} dataset{}{}", done, cells, n, n == 1 ? "" : "s", part);
}

}  // namespace assay::report
