#include "report/gate.h"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <iostream>

#include "assay/sdk/error.h"
#include "cli/experiment_input.h"
#include "report/read.h"

namespace assay::cli {
namespace {

/// "accuracy=1" and the like.
report::Margins margins_of(const std::vector<std::string>& texts) {
  report::Margins margins;
  for (const std::string& text : texts) {
    const auto at = text.find('=');
    const std::string number = at == std::string::npos ? "" : text.substr(at + 1);
    std::size_t read = 0;
    double margin = -1;
    try {
      margin = std::stod(number, &read);
    } catch (const std::exception&) {
      read = 0;
    }
    if (at == 0 || read != number.size() || number.empty() || !std::isfinite(margin) || margin < 0)
      throw BadInput(fmt::format(
          "--max {}: say METRIC=POINTS, a number that is not below 0: --max accuracy=1 allows a drop of one point",
          text));
    margins[text.substr(0, at)] = margin;
  }
  return margins;
}

void write(const std::string& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) throw BadInput(fmt::format("--junit {}: cannot be written; does its folder exist?", file));
}

}  // namespace

int gate_command(const std::vector<std::string>& args) {
  Arguments arguments(
      {"gate", "assay gate [RUN] [OPTIONS]",
       "Says whether a run may pass, for CI. It may not where a cell is shown to be worse, by a paired test adjusted "
       "for\n"
       "the number of cells, than the same cell of the run --against (without it: than the baseline's cell) by more\n"
       "than --max allows; where a cell had a result there and has none here; where the recommended cell breaks the\n"
       "experiment's `constraints:`; or where nothing has a result. A difference that noise explains does not close "
       "it.",
       "assay gate latest --against 12 --max accuracy=1\nassay gate 13 --junit gate.xml",
       "0 it may pass   1 it failed to judge   2 bad input   3 it may not, for the reasons printed"});
  namespace po = boost::program_options;
  arguments.positional("RUN", "a run's number, or latest (the default)", false);
  arguments.add()("against", po::value<std::string>()->value_name("RUN"),
                  "the run to compare with, cell by cell; default: each dataset's baseline cell");
  arguments.add()("max", po::value<std::vector<std::string>>()->value_name("METRIC=POINTS"),
                  "judge this value and allow a drop of so many points (of values that are no shares, of their unit); "
                  "may be repeated; default: "
                  "the primary values, no drop");
  arguments.add()("junit", po::value<std::string>()->value_name("FILE"), "also write the verdict as JUnit XML");
  add_results_option(arguments);
  add_json_option(arguments);
  if (!arguments.parse(args)) return all_done;
  const report::Margins margins = margins_of(arguments.list("max"));
  auto store = open_store(arguments);
  const auto run = store.run(arguments.has("RUN") ? arguments.get<std::string>("RUN") : "latest");
  const report::ReportData data = report::read(store, run.id);
  report::ComparedRun after{data, report::ExampleScores(store, run.id)};
  report::Verdict verdict;
  if (arguments.has("against")) {
    const auto reference = store.run(arguments.get<std::string>("against"));
    const report::ReportData reference_data = report::read(store, reference.id);
    report::ComparedRun before{reference_data, report::ExampleScores(store, reference.id)};
    verdict = report::judge(&before, after, margins);
  } else {
    verdict = report::judge(nullptr, after, margins);
  }
  if (arguments.has("junit")) write(arguments.get<std::string>("junit"), report::verdict_junit(verdict, data));
  std::cout << (arguments.has("json") ? report::verdict_json(verdict, data) : report::verdict_text(verdict, data));
  return verdict.open() ? all_done : gate_closed;
}

}  // namespace assay::cli
