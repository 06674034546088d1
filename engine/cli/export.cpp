#include "run/export.h"

#include <iostream>

#include "cli/experiment_input.h"

namespace assay::cli {

int export_command(const std::vector<std::string>& args) {
  Arguments arguments(
      {"export", "assay export [RUN] --stable [OPTIONS]",
       "Prints a run's results as canonical JSON lines: cells, predictions, scores, comparisons. With --stable only\n"
       "what is the same for the same cell whatever the batch, order, worker count or interruption: no timing,\n"
       "memory or money.",
       "assay export latest --stable | sha256sum"});
  arguments.positional("RUN", "a run's number, or latest (the default)", false);
  arguments.add()("stable", "leave out what timing, memory and money touch");
  add_results_option(arguments);
  if (!arguments.parse(args)) return all_done;
  if (!arguments.has("stable")) throw BadInput("export prints the stable form only; say 'assay export RUN --stable'");
  auto store = open_store(arguments);
  const auto run = store.run(arguments.has("RUN") ? arguments.get<std::string>("RUN") : "latest");
  run::export_stable(store, run.id, std::cout);
  if (!std::cout.flush()) throw Error("the export cannot be written whole; is the disk full?");
  return all_done;
}

}  // namespace assay::cli
