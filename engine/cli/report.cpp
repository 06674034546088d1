#include "report/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <iostream>

#include "assay/sdk/error.h"
#include "cli/experiment_input.h"
#include "cli/terminal_width.h"
#include "report/change_text.h"
#include "report/read.h"
#include "report/terminal.h"
#include "report/terminal_table.h"

namespace assay::cli {
namespace {

constexpr std::size_t kNarrowest = 40, kWidest = 1000;

std::size_t width_of(const Arguments& arguments) {
  if (!arguments.has("width")) return std::max(kNarrowest, terminal_width());
  const auto width = arguments.get<std::size_t>("width");
  if (width < kNarrowest || width > kWidest)
    throw BadInput(fmt::format("--width must be {} to {}", kNarrowest, kWidest));
  return width;
}

void print_changes(const std::vector<report::RunChanges>& all, std::size_t width) {
  for (const report::RunChanges& one : all) {
    std::cout << fmt::format("run {} against run {}; regressions first\n", one.after, one.before);
    std::vector<std::vector<std::string>> rows{report::change_columns()};
    for (const report::CellChange& cell : one.changes.cells) {
      rows.push_back(report::change_row(cell));
      for (std::string& text : rows.back()) text = report::terminal_plain(text);
    }
    std::cout << report::terminal_table(rows, 3, width);
    for (const auto* sentences : {&one.changes.lost, &one.changes.unmatched})
      for (const std::string& sentence : *sentences)
        std::cout << report::terminal_paragraph(report::terminal_plain(sentence), width);
  }
}

/// All later runs against the first.
int compare(const Arguments& arguments, store::Store& store) {
  const std::vector<std::string> names = arguments.list("RUN");
  if (names.size() < 2) throw BadInput("--compare needs two runs or more: assay report 3 4 --compare");
  std::deque<report::ReportData> reports;
  std::deque<report::ComparedRun> runs;
  for (const std::string& name : names) {
    const auto run = store.run(name);
    reports.push_back(report::read(store, run.id));
    runs.push_back({reports.back(), report::ExampleScores(store, run.id)});
  }
  std::vector<report::RunChanges> all;
  for (std::size_t i = 1; i < runs.size(); ++i)
    all.push_back({runs[0].report.run, runs[i].report.run, report::compare_runs(runs[0], runs[i], {})});
  const auto formats = arguments.list("format");
  if (formats.empty()) print_changes(all, width_of(arguments));
  for (const std::string& format : formats) {
    if (format != "md" && format != "json")
      throw BadInput("--format " + format + ": a comparison is printed as md or json, or without --format as text");
    std::cout << (format == "md" ? report::compare_markdown(all) : report::compare_json(all));
  }
  return all_done;
}

}  // namespace

int report_command(const std::vector<std::string>& args) {
  Arguments arguments(
      {"report", "assay report [RUN…] [OPTIONS]",
       "Writes a run's report again from what is stored: report.html, report.md, report.csv, report.json, report.xml\n"
       "(JUnit) in RESULTS/<experiment>/<run>/; or prints its matrix (--terminal), or what changed between runs\n"
       "(--compare: every later run against the first, cell by cell, paired by example, regressions first).",
       "assay report latest --format md\nassay report --terminal\nassay report 3 4 --compare --format md"});
  namespace po = boost::program_options;
  arguments.positional("RUN", "a run's number, or latest (the default)", false, true);
  add_results_option(arguments);
  arguments.add()("format", po::value<std::vector<std::string>>()->value_name("FORMAT"),
                  "html, md, csv, json or junit; may be repeated; default all but junit");
  arguments.add()("terminal", "print the matrix with intervals and bars, and write nothing");
  arguments.add()("compare", "print what changed between the runs, and write nothing");
  arguments.add()("width", po::value<std::size_t>()->value_name("N"),
                  "columns for what is printed; default the terminal's");
  if (!arguments.parse(args)) return all_done;
  auto store = open_store(arguments);
  if (arguments.has("compare")) return compare(arguments, store);
  const auto names = arguments.list("RUN");
  if (names.size() > 1) throw BadInput("one run makes one report; --compare takes several");
  auto formats = arguments.list("format");
  for (const std::string& format : formats) {
    if (format != "html" && format != "md" && format != "csv" && format != "json" && format != "junit")
      throw BadInput("--format " + format + ": a report is written as html, md, csv, json or junit");
  }
  const auto run = store.run(names.empty() ? "latest" : names.front());
  if (arguments.has("terminal")) {
    std::cout << report::terminal(report::read(store, run.id), width_of(arguments));
    return all_done;
  }
  if (formats.empty()) formats = {"html", "md", "csv", "json"};
  const auto folder = results_folder(arguments) / run.experiment / std::to_string(run.id);
  for (const auto& path : report::write(store, run.id, folder, formats))
    std::cout << "report: " << path.string() << "\n";
  return all_done;
}

}  // namespace assay::cli
