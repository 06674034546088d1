#pragma once
#include <cstdint>
#include <ostream>

#include "store/store.h"

namespace assay::run {

/// Everything of a run that is the same whatever the batch, order, worker count or interruption, as canonical JSON lines
/// in the plan's order: cells, what adapting left (hashes of files, counts, losses), predictions, scores, comparisons. What
/// timing, memory and money touch is left out, and so are stages that are not finished.
void export_stable(store::Store&, std::int64_t run, std::ostream&);

}  // namespace assay::run
