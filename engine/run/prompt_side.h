#pragma once
#include <vector>

#include "run/stage.h"

namespace assay::run {

/// Adapts a strategy that trains nothing: its state, and the files that it writes, into the stage's bundle.
void adapt_prompt_side(StageWork&);

/// The validation rows of the job's dataset; none where it has no such split.
const std::vector<sdk::Example>& validation_of(StageWork&);

}  // namespace assay::run
