#include "report/report.h"

#include <fmt/format.h>

#include <iostream>

#include "cli/experiment_input.h"

namespace assay::cli {

int report_command(const std::vector<std::string>& args) {
  Arguments arguments({"report", "assay report [RUN] [OPTIONS]",
                       "Writes a run's report again from what is stored: report.html, report.md, report.csv, report.json in\n"
                       "RESULTS/<experiment>/<run>/.",
                       "assay report latest --format md"});
  arguments.positional("RUN", "a run's number, or latest (the default)", false);
  add_results_option(arguments);
  arguments.add()("format", boost::program_options::value<std::vector<std::string>>()->value_name("FORMAT"),
                  "html, md, csv or json; may be repeated; default all");
  if (!arguments.parse(args)) return all_done;
  auto formats = arguments.list("format");
  for (const std::string& format : formats) {
    if (format != "html" && format != "md" && format != "csv" && format != "json") {
      throw BadInput("--format " + format + ": a report is written as html, md, csv or json");
    }
  }
  if (formats.empty()) formats = {"html", "md", "csv", "json"};
  auto store = open_store(arguments);
  const auto run = store.run(arguments.has("RUN") ? arguments.get<std::string>("RUN") : "latest");
  const auto folder = results_folder(arguments) / run.experiment / std::to_string(run.id);
  for (const auto& path : report::write(store, run.id, folder, formats)) std::cout << "report: " << path.string() << "\n";
  return all_done;
}

}  // namespace assay::cli
