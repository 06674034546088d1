#pragma once
#include <string>

#include "store/store.h"

namespace assay::cli {

/// How the trainings went that a cell rests on: curves, what was compared, warnings. Empty where nothing trained.
std::string training_text(store::Store& store, const plan::Plan& plan, const plan::Cell& cell);

/// Why stages that a cell rests on have no result in this run, with the last lines of their logs (of a training that
/// diverged, its curve). Empty where none failed.
std::string failure_text(store::Store& store, std::int64_t run, const plan::Plan& plan, const plan::Cell& cell);

}  // namespace assay::cli
