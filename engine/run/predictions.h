#pragma once
#include <vector>

#include "run/asking.h"

namespace assay::run {

/// A row of predictions.jsonl, see store::BundleWriter.
Json prediction_row(const Asked&, const sdk::Example&);

/// Nothing is left out silently: @throws Error where some example could not be asked.
void refuse_errors(const std::vector<Asked>&);

}  // namespace assay::run
