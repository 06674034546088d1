#include <fmt/format.h>

#include <iostream>

#include "cli/experiment_input.h"

namespace assay::cli {

int validate_command(const std::vector<std::string>& args) {
  Arguments arguments({"validate", "assay validate FILE [OPTIONS]",
                       "Checks an experiment against the schema and the plugins' own parameters, with every mistake at its\n"
                       "file:line:column, then reads the data and the prompt files. Loads no plugin, writes nothing.",
                       "assay validate experiments/quickstart.yaml --set matrix.seed=[1,2]"});
  add_experiment_options(arguments);
  add_json_option(arguments);
  if (!arguments.parse(args)) return all_done;
  try {
    const LoadedExperiment loaded = load_experiment(arguments);
    const config::Experiment& experiment = loaded.experiment;
    static_cast<void>(make_plan(loaded, {}));
    if (arguments.has("json")) {
      std::cout << Json{{"valid", true}, {"name", experiment.name}, {"problems", Json::array()}}.dump(2) << "\n";
    } else {
      std::cout << fmt::format("{}: valid: {} models, {} datasets, {} strategies, {} seeds, {} metrics\n",
                               arguments.get<std::string>("FILE"), experiment.matrix_models.size(),
                               experiment.matrix_datasets.size(), experiment.strategies.size(), experiment.seeds.size(),
                               experiment.metrics.size());
    }
    return all_done;
  } catch (const config::InvalidExperiment& error) {
    if (!arguments.has("json")) throw;
    std::cout << Json{{"valid", false}, {"problems", error.problems()}}.dump(2) << "\n";
    return bad_input;
  }
}

}  // namespace assay::cli
