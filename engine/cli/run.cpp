#include "run/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "cli/experiment_input.h"
#include "cli/installation.h"
#include "cli/remote_check.h"
#include "report/report.h"
#include "report/reported_models.h"

namespace assay::cli {
namespace fs = std::filesystem;
namespace po = boost::program_options;

namespace {

/// What would end the first request to a remote model ends the run before any work: keys that are not here or are refused,
/// models that a server does not know. Nothing is asked where all its stages are there already.
void refuse_unready_models(const config::Experiment& experiment, const plan::Plan& plan, store::Store& store) {
  if (asked_remotely(experiment, plan).empty()) return;
  const std::set<std::string> asked = asked_remotely(experiment, plan, store.finished(plan.stages));
  if (std::vector<std::string> problems = key_problems(experiment, asked); !problems.empty())
    throw config::InvalidExperiment(std::move(problems));
  ServerCheck check = check_servers(experiment, asked);
  if (!check.problems.empty()) throw config::InvalidExperiment(std::move(check.problems));
  for (const std::string& note : check.notes) std::cerr << "note: " << note << "\n";
}

bool is_remote(const config::Experiment& experiment) {
  return std::any_of(experiment.models.begin(), experiment.models.end(),
                     [](const config::ModelSpec& model) { return model.is_remote(); });
}

void print_summary(const run::RunSummary& summary, const std::vector<fs::path>& written) {
  std::cout << fmt::format("\n{} of {} cells done in {:.1f} s: {} stages run, {} reused\n", summary.cells_done,
                           summary.cells, summary.wall_seconds, summary.stages_run, summary.stages_reused);
  for (const auto& failure : summary.failures) {
    std::cout << fmt::format("failed: {}: {}\n", failure.label, failure.reason);
  }
  if (summary.budget_reached)
    std::cout << "stopped: the experiment's budget would be passed; raise `budget:` to go on\n";
  if (summary.interrupted) std::cout << "interrupted: run the same command again to go on from here\n";
  for (const fs::path& path : written) std::cout << "report: " << path.string() << "\n";
}

}  // namespace

int run_command(const std::vector<std::string>& args) {
  Arguments arguments(
      {"run", "assay run FILE [OPTIONS]",
       "Runs every cell of an experiment's matrix and writes a comparison report. What was finished before,\n"
       "in this run or another, is reused; so to go on after a stop, run the same command again.\n"
       "Ctrl-C once finishes the stages that run and stops; twice stops now. Nothing finished is lost.",
       "assay run experiments/quickstart.yaml\n"
       "assay run my.yaml --workers 2 --set matrix.seed=[1,2,3]",
       "0 all cells done   1 some failed, or the budget is spent   2 bad input   130 interrupted"});
  add_experiment_options(arguments);
  add_results_option(arguments);
  arguments.add()("workers", po::value<int>()->default_value(1)->value_name("N"), "worker processes");
  arguments.add()("plain", "plain lines instead of a live table");
  if (!arguments.parse(args)) return all_done;
  const int workers = arguments.get<int>("workers");
  if (workers < 1 || workers > 256) throw BadInput("--workers must be 1 to 256");

  const LoadedExperiment loaded = load_experiment(arguments);
  const fs::path results = results_folder(arguments);
  const plan::Plan plan = make_plan(loaded, results);
  auto store = store::Store::open(results);
  for (const std::string& warning : store.warnings()) std::cerr << "warning: " << warning << "\n";

  refuse_unready_models(loaded.experiment, plan, store);

  run::RunOptions options;
  options.workers = workers;
  options.terminal = isatty(STDOUT_FILENO) && !arguments.has("plain");
  options.worker_program = this_program();
  const run::RunSummary summary = run::execute(loaded.experiment, plan, store, options, std::cout);

  const fs::path folder = results / loaded.experiment.name / std::to_string(summary.run);
  const auto written = report::write(store, summary.run, folder, loaded.experiment.report.formats);
  store.finish_run(summary.run,
                   summary.interrupted                                   ? "interrupted"
                   : summary.failures.empty() && !summary.budget_reached ? "done"
                                                                         : "failed",
                   (fs::path(loaded.experiment.name) / std::to_string(summary.run)).string());
  print_summary(summary, written);
  if (is_remote(loaded.experiment)) {
    for (const std::string& change : report::reported_changes(store, summary.run))
      std::cout << "warning: " << change << "\n";
  }
  if (summary.interrupted) return interrupted;
  return summary.failures.empty() && !summary.budget_reached ? all_done : some_failed;
}

}  // namespace assay::cli
