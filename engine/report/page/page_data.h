#pragma once
#include "report/stage_results.h"
#include "store/paths.h"

namespace assay::report {

/// What each worker did when, from the run's attempts: [{"stage", "kind", "label", "worker", "number", "start", "end",
/// "outcome"}], in seconds since the run's start. Reused results took no time and are left out.
OrderedJson timeline(const std::vector<store::AttemptRow>& attempts, const plan::Plan& plan, const std::string& started,
                     const store::ShortPaths& short_paths);

/// How trainings went, one a cell and training: [{"dataset", "group", "cell", "seed", "losses", "validation",
/// "best_step", "ended"}].
OrderedJson trainings(const plan::Plan& plan, StageResults& stages);

/// The single requests' milliseconds of cells that were measured, sorted: [{"dataset", "group", "cell", "seed", "ms"}].
OrderedJson latencies(const plan::Plan& plan, StageResults& stages);

/// Instructions, threads and libraries that the numbers were computed with, as plans name them; null where nothing was.
OrderedJson numerics(const plan::Plan& plan);

}  // namespace assay::report
