#include <fmt/format.h>

#include <iostream>

#include "cli/experiment_input.h"
#include "cli/remote_check.h"
#include "cli/stop_notes.h"

namespace assay::cli {

namespace {

/// Keys are often absent where an experiment is written: a warning. Who asks servers needs them.
void check_remote(const config::Experiment& experiment, const plan::Plan& plan, bool online) {
  const std::set<std::string> asked = asked_remotely(experiment, plan);
  std::vector<std::string> problems = key_problems(experiment, asked);
  if (online && !problems.empty()) throw config::InvalidExperiment(std::move(problems));
  for (const std::string& problem : problems) std::cerr << "warning: " << problem << "\n";
  if (!online) return;
  ServerCheck check = check_servers(experiment, asked);
  if (!check.problems.empty()) throw config::InvalidExperiment(std::move(check.problems));
  for (const std::string& note : check.notes) std::cerr << "note: " << note << "\n";
}

}  // namespace

int validate_command(const std::vector<std::string>& args) {
  Arguments arguments(
      {"validate", "assay validate FILE [OPTIONS]",
       "Checks an experiment against the schema and the plugins' own parameters, with every mistake at its\n"
       "file:line:column, then reads the data and the prompt files. Loads no plugin, writes nothing.\n"
       "--online asks the servers of remote models too, whether they take the keys and know the models.",
       "assay validate experiments/quickstart.yaml --set matrix.seed=[1,2]"});
  add_experiment_options(arguments);
  add_json_option(arguments);
  arguments.add()("online", "ask the servers of remote models for what they serve; costs no tokens");
  if (!arguments.parse(args)) return all_done;
  try {
    const LoadedExperiment loaded = load_experiment(arguments);
    const config::Experiment& experiment = loaded.experiment;
    check_remote(experiment, make_plan(loaded, {}), arguments.has("online"));
    for (const std::string& note : stop_notes(experiment)) std::cerr << "note: " << note << "\n";
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
