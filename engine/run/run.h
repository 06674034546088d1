#pragma once
#include <filesystem>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "config/experiment.h"
#include "plan/plan.h"
#include "store/store.h"

namespace assay::run {

struct RunOptions {
  int workers = 1;
  bool terminal = false;                 ///< live table instead of plain lines
  std::filesystem::path worker_program;  ///< this binary; started as `assay worker`
};

struct Failure {
  std::string stage, label, cell, reason;  ///< reason names the signal, the plugin, the limit
};

struct RunSummary {
  std::int64_t run = 0;
  std::size_t cells = 0, cells_done = 0, stages_run = 0, stages_reused = 0;
  std::vector<Failure> failures;
  bool interrupted = false;
  bool budget_reached = false;
  double wall_seconds = 0;
};

/// Executes a plan: stages whose bundles are there are not run; others go to worker processes, those of one model to the
/// worker that holds it. `measure` stages run alone. A crashed stage is tried once more. SIGINT once finishes what runs,
/// twice stops now. Records everything in the store. Never throws for a stage's failure.
RunSummary execute(const config::Experiment&, const plan::Plan&, store::Store&, const RunOptions&, std::ostream& out);

/// The worker's side: reads jobs as JSON lines from `in`, answers progress and outcomes as JSON lines on `out`; exits
/// when `in` ends or its parent dies.
int worker_main(int in, int out);

}  // namespace assay::run
