#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "report/economics_text.h"
#include "report/format.h"
#include "report/fragility.h"
#include "report/markdown_text.h"
#include "report/side_tables.h"
#include "report/signatures.h"
#include "report/table.h"
#include "report/writers.h"

namespace assay::report {
namespace {

std::string difference_text(const Dataset& dataset, const Group& group) {
  if (group.id == dataset.baseline) return "baseline";
  const auto d = dataset.difference(dataset.primary, group.id, dataset.baseline);
  if (!d) return "–";
  const Output& output = dataset.outputs[dataset.primary];
  const std::string text = signed_number(output, d->value);
  return fmt::format("{} {}", d->shown() ? "**" + text + "**" : text, signed_interval(output, d->low, d->high));
}

void put_main_table(std::string& out, const Dataset& dataset) {
  const Output& output = dataset.outputs[dataset.primary];
  const std::vector<Column> costs = cost_columns(dataset);
  const Group* baseline = dataset.find(dataset.baseline);
  const std::string in = difference_unit(dataset);
  std::vector<std::string> head{"rank", "cell", markdown_plain(primary_title(dataset)),
                                fmt::format("against {}{}", baseline ? markdown_code(baseline->label) : "the baseline",
                                            in.empty() ? "" : ", " + markdown_plain(in))};
  for (const Column& c : costs) head.push_back(c.title);
  put_markdown_row(out, head);
  put_markdown_rule(out, head.size(), 2);
  for (std::size_t i = 0; i < dataset.groups.size(); ++i) {
    const Group& g = dataset.groups[i];
    std::vector<std::string> row{rank_text(g), markdown_code(g.label)};
    if (const std::string missing = missing_text(g); !missing.empty()) row.back() += " (" + missing + ")";
    if (g.rank == 0) {
      row.push_back(absent_text(g));
      row.push_back("–");
    } else {
      const Value& v = g.values[dataset.primary];
      row.push_back(fmt::format("{} {}", number(output, v.value), interval(output, v.low, v.high)));
      row.push_back(difference_text(dataset, g));
    }
    for (const Column& c : costs) row.push_back(markdown_plain(c.cells[i]));
    put_markdown_row(out, row);
  }
  out += "\n";
}

void put_other_metrics(std::string& out, const Dataset& dataset) {
  if (dataset.outputs.size() < 2) return;
  out += "Other metrics:\n\n";
  std::vector<std::string> head{"cell"};
  for (std::size_t o = 0; o < dataset.outputs.size(); ++o) {
    if (o == dataset.primary) continue;
    const std::string label = unit(dataset.outputs[o]);
    head.push_back(markdown_plain(dataset.outputs[o].name + (label.empty() ? "" : ", " + label)));
  }
  put_markdown_row(out, head);
  put_markdown_rule(out, head.size(), 1);
  for (const Group& g : dataset.groups) {
    if (g.rank == 0) continue;
    std::vector<std::string> row{markdown_code(g.label)};
    for (std::size_t o = 0; o < dataset.outputs.size(); ++o) {
      if (o == dataset.primary) continue;
      const Value& v = g.values[o];
      row.push_back(std::isnan(v.value) ? "–"
                                        : fmt::format("{} {}", number(dataset.outputs[o], v.value),
                                                      interval(dataset.outputs[o], v.low, v.high)));
    }
    put_markdown_row(out, row);
  }
  out += "\n";
}

void put_findings(std::string& out, const Dataset& dataset) {
  const FindingTable table = finding_table(dataset);
  if (table.rows.empty()) return;
  out += "What strategies found, means over the examples:\n\n";
  std::vector<std::string> head{"cell"};
  for (const std::string& name : table.names) head.push_back(markdown_plain(name));
  put_markdown_row(out, head);
  put_markdown_rule(out, head.size(), 1);
  for (const FindingTable::Row& row : table.rows) {
    std::vector<std::string> cells{markdown_code(row.label)};
    cells.insert(cells.end(), row.values.begin(), row.values.end());
    put_markdown_row(out, cells);
  }
  out += "\n";
}

void put_side_tables(std::string& out, const std::vector<SideTable>& tables) {
  for (const SideTable& table : tables) {
    out += markdown_plain(table.title) + ":\n\n";
    std::vector<std::string> head;
    for (const std::string& title : table.head) head.push_back(markdown_plain(title));
    put_markdown_row(out, head);
    put_markdown_rule(out, head.size(), 1);
    for (const std::vector<std::string>& texts : table.rows) {
      std::vector<std::string> row{markdown_code(texts.front())};
      for (std::size_t i = 1; i < texts.size(); ++i) row.push_back(markdown_plain(texts[i]));
      put_markdown_row(out, row);
    }
    out += "\n" + table.note + "\n\n";
  }
}

void put_curves(std::string& out, const Dataset& dataset) {
  if (dataset.curves.empty()) return;
  const std::vector<std::size_t> sizes = curve_sizes(dataset);
  out += fmt::format("{} by training rows; the smaller sets are parts of the larger ones:\n\n",
                     markdown_plain(primary_title(dataset)));
  std::vector<std::string> head{"cell"};
  for (const std::size_t size : sizes) head.push_back(whole(static_cast<double>(size)));
  put_markdown_row(out, head);
  put_markdown_rule(out, head.size(), 1);
  for (const LearningCurve& curve : dataset.curves) {
    std::vector<std::string> row{markdown_code(curve.label)};
    for (const std::size_t size : sizes) row.push_back(curve_text(dataset, curve, size));
    put_markdown_row(out, row);
  }
  out += "\n";
}

void put_variants(std::string& out, const Dataset& dataset) {
  const std::vector<Column> columns = variant_columns(dataset);
  if (columns.empty()) return;
  out += fmt::format("Fragility, {}:\n\n", markdown_plain(primary_title(dataset)));
  std::vector<std::string> head{"cell"};
  for (const Column& c : columns) head.push_back(markdown_plain(c.title));
  put_markdown_row(out, head);
  put_markdown_rule(out, head.size(), 1);
  for (std::size_t i = 0; i < dataset.groups.size(); ++i) {
    std::vector<std::string> row{markdown_code(dataset.groups[i].label)};
    for (const Column& c : columns) row.push_back(c.cells[i]);
    put_markdown_row(out, row);
  }
  out += "\n" + fragility_note(dataset) + "\n\n";
}

void put_trials(std::string& out, const Dataset& dataset) {
  const std::vector<TrialLine> lines = trial_lines(dataset);
  if (lines.empty()) return;
  out += "Trials:\n\n";
  const bool dollars =
      std::any_of(lines.begin(), lines.end(), [](const TrialLine& line) { return !line.dollars.empty(); });
  std::vector<std::string> head{"cell", "trial", "chosen", markdown_plain(trial_title(dataset)), "time", "tokens"};
  if (dollars) head.emplace_back("dollars");
  put_markdown_row(out, head);
  put_markdown_rule(out, head.size(), 3);
  for (const TrialLine& line : lines) {
    std::vector<std::string> row{markdown_code(line.group),
                                 markdown_code(line.trial),
                                 line.chosen,
                                 line.failure.empty() ? line.value : "failed: " + markdown_plain(line.failure),
                                 line.seconds,
                                 line.tokens};
    if (dollars) row.push_back(line.dollars);
    put_markdown_row(out, row);
  }
  out += "\n" + tuning_note(dataset) + "\n\n";
}

void put_costs(std::string& out, const Costing& costs, const Dataset& dataset) {
  const DatasetEconomics* found = costs.find(dataset.name);
  if (found == nullptr) return;
  put_side_tables(out, {{"Costs", cost_columns(costs.settings), cost_rows(*found), cost_note(costs.settings)}});
  if (found->repayments.empty()) return;
  out += "Training is repaid:\n\n";
  for (const Repayment& row : found->repayments) {
    out += fmt::format("- {} against {}: {}\n", markdown_code(found->ways[row.tuned].label),
                       markdown_code(found->ways[row.prompted].label), repaid_text(row, costs.settings.price_range));
  }
  out += "\n";
}

void put_dataset(std::string& out, const ReportData& report, const Costing& costs, const Dataset& dataset) {
  out += fmt::format("## {}\n\n", markdown_plain(dataset.name));
  for (std::size_t i = 0; i < dataset.recommendation.sentences.size(); ++i)
    out += (i == 0 ? "" : " ") + dataset.recommendation.sentences[i];
  out += "\n\n";
  if (dataset.outputs.empty()) return;
  put_main_table(out, dataset);
  out += interval_note(report, dataset) + " Bold: shown to differ.\n\n";
  for (const std::string& line : signatures(dataset)) out += "- `" + line + "`\n";
  if (!signatures(dataset).empty()) out += "\n";
  put_other_metrics(out, dataset);
  put_side_tables(out, front_tables(dataset));
  put_side_tables(out, slice_tables(dataset));
  put_findings(out, dataset);
  put_variants(out, dataset);
  put_curves(out, dataset);
  put_trials(out, dataset);
  put_costs(out, costs, dataset);
}

}  // namespace

std::string markdown(const ReportData& report, const Costing& costs) {
  std::string out = fmt::format("# {}\n\n{}.", markdown_plain(report.experiment), extent(report));
  if (!report.overall.empty()) out += " " + report.overall;
  out += "\n\n";
  for (const Dataset& dataset : report.datasets) put_dataset(out, report, costs, dataset);
  if (!report.failures.empty()) {
    out += "## Failures\n\n";
    for (const Failure& f : report.failures)
      out += fmt::format("- **{}**: {}{}\n", markdown_plain(f.label), markdown_plain(f.reason),
                         f.attempts > 1 ? fmt::format(" ({} attempts)", f.attempts) : "");
    out += "\n";
  }
  if (!report.warnings.empty()) {
    out += "## Notes\n\n";
    for (const std::string& warning : report.warnings) out += fmt::format("- {}\n", markdown_plain(warning));
    out += "\n";
  }
  out += fmt::format("Plan `{}`.", report.plan_hash.substr(0, 12));
  for (std::size_t i = 0; i < report.prompts.size(); ++i)
    out += fmt::format("{}{}", i == 0 ? " Prompts: " : ", ", markdown_code(report.prompts[i].text()));
  out += report.prompts.empty() ? "\n" : ".\n";
  return out;
}

}  // namespace assay::report
