#pragma once
#include <string>

#include "store/store.h"

namespace assay::cli {

/// How a cell's values move when its questions are put differently: each output as it is asked and under every variant,
/// with the paired difference. Empty where the experiment has no variants, or none was scored.
std::string fragility_text(const store::Store& store, const plan::Plan& plan, const plan::Cell& cell);

}  // namespace assay::cli
