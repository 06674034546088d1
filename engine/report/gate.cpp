#include "report/gate.h"

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "report/change_text.h"
#include "report/format.h"
#include "report/junit.h"
#include "report/terminal_table.h"

namespace assay::report {
namespace {

constexpr std::size_t kTextWidth = 120;

std::vector<std::string> broken_constraints(const ReportData& report) {
  std::vector<std::string> reasons;
  for (const Dataset& dataset : report.datasets) {
    const Group* chosen = dataset.find(dataset.recommendation.group);
    if (!chosen) {
      reasons.push_back(fmt::format("Nothing can be recommended on {}: no cell has a result.", dataset.name));
    } else if (!chosen->violations.empty()) {
      reasons.push_back(fmt::format("No cell on {} keeps the constraints: of {}, the best without them, {}.",
                                    dataset.name, named(*chosen), joined(chosen->violations)));
    }
  }
  return reasons;
}

std::vector<std::string> unjudged(const Verdict& verdict, const ReportData& report) {
  std::vector<std::string> notes = verdict.changes.unmatched;
  for (const CellChange& cell : verdict.changes.cells)
    if (!cell.untested.empty())
      notes.push_back(fmt::format("{} of `{}` on {} was not tested: {}.", cell.output.name, cell.after_cell,
                                  cell.dataset, cell.untested));
  for (const Dataset& dataset : report.datasets) {
    const Group* chosen = dataset.find(dataset.recommendation.group);
    if (chosen && !chosen->unjudged.empty())
      notes.push_back(fmt::format("Whether {} on {} keeps the limit on {} is not known: no metric measured it.",
                                  named(*chosen), dataset.name, joined(chosen->unjudged)));
  }
  return notes;
}

}  // namespace

std::vector<std::string> Verdict::reasons() const {
  std::vector<std::string> all = regressions;
  all.insert(all.end(), lost.begin(), lost.end());
  all.insert(all.end(), broken.begin(), broken.end());
  return all;
}

Verdict judge(ComparedRun* before, ComparedRun& after, const Margins& margins) {
  const Margins judged = margins.empty() ? primary_outputs(after.report) : margins;
  Verdict verdict;
  verdict.changes = before ? compare_runs(*before, after, judged) : compare_with_baseline(after, judged);
  for (const CellChange& cell : verdict.changes.cells)
    if (cell.regressed()) verdict.regressions.push_back(change_sentence(cell));
  verdict.lost = verdict.changes.lost;
  verdict.broken = broken_constraints(after.report);
  verdict.notes = unjudged(verdict, after.report);
  return verdict;
}

std::string verdict_text(const Verdict& verdict, const ReportData& report) {
  std::string out;
  const std::vector<std::string> reasons = verdict.reasons();
  for (const std::string& reason : reasons) out += "fails: " + terminal_plain(reason) + "\n";
  for (const std::string& note : verdict.notes) out += "note: " + terminal_plain(note) + "\n";
  if (!verdict.changes.cells.empty()) {
    std::vector<std::vector<std::string>> rows{change_columns()};
    for (const CellChange& cell : verdict.changes.cells) {
      rows.push_back(change_row(cell));
      for (std::string& text : rows.back()) text = terminal_plain(text);
    }
    out += "\n" + terminal_table(rows, 3, kTextWidth) + "\n";
  }
  return out + (verdict.open() ? fmt::format("The gate is open for run {}.\n", report.run)
                               : fmt::format("The gate is closed for run {}: {} reason{}.\n", report.run,
                                             reasons.size(), reasons.size() == 1 ? "" : "s"));
}

std::string verdict_json(const Verdict& verdict, const ReportData& report) {
  OrderedJson out{{"format", 1},
                  {"run", report.run},
                  {"open", verdict.open()},
                  {"reasons", verdict.reasons()},
                  {"notes", verdict.notes}};
  out["changes"] = OrderedJson::array();
  for (const CellChange& cell : verdict.changes.cells) out["changes"].push_back(change_json(cell));
  return out.dump(1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

std::string verdict_junit(const Verdict& verdict, const ReportData& report) {
  std::map<std::string, JunitSuite> suites;
  for (const CellChange& cell : verdict.changes.cells) {
    JunitCase made{report.experiment + "." + cell.dataset,
                   fmt::format("{} of {}", cell.output.name, cell.after_cell),
                   0,
                   {},
                   {},
                   cell.untested};
    for (const auto& [name, value] :
         std::vector<std::pair<std::string, double>>{{"before", cell.before},
                                                     {"after", cell.after},
                                                     {"low", cell.change.low},
                                                     {"high", cell.change.high},
                                                     {"p_adjusted", cell.change.p_adjusted}})
      if (!std::isnan(value)) made.properties.emplace_back(name, fmt::format("{}", value));
    if (cell.regressed()) made.failures.emplace_back("regression", change_sentence(cell));
    JunitSuite& suite = suites[cell.dataset];
    suite.name = cell.dataset;
    suite.cases.push_back(std::move(made));
  }
  JunitSuite others{"results and constraints", {}};
  for (const std::string& reason : verdict.lost)
    others.cases.push_back({report.experiment + ".results", reason, 0, {}, {{"lost", reason}}, ""});
  for (const std::string& reason : verdict.broken)
    others.cases.push_back({report.experiment + ".constraints", reason, 0, {}, {{"constraint", reason}}, ""});
  std::vector<JunitSuite> all;
  for (auto& [unused, suite] : suites) all.push_back(std::move(suite));
  if (!others.cases.empty()) all.push_back(std::move(others));
  return junit_xml(report.experiment + " gate", all);
}

}  // namespace assay::report
