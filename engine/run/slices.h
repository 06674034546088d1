#pragma once
#include "assay/sdk/json.h"
#include "run/compared.h"
#include "run/stage.h"

namespace assay::run {

/// Every group's values over the rows of each slice that an item of the comparison's `by` makes, with the gap to all rows:
///   [{"by", "slices": [{"name", "examples"}], "groups": [{"group", "outputs": [{"name", "worst", "slices":
///     [{"value", "low", "high", "gap", "gap_low", "gap_high"}]}]}]}]
/// `worst` is a place in `slices`, null where all are too small to tell.
Json slices_json(StageWork& work, const std::vector<ComparedGroup>& groups, const ScoredCells& all);

}  // namespace assay::run
