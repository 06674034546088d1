#pragma once
#include <string>

#include "report/report_data.h"

namespace assay::report {

/// Adds what one comparison (compare.json) has found to a dataset whose groups are known: outputs, values, differences and
/// slices of one metric. Comparisons are added in the order of the experiment's metrics.
void add_comparison(Dataset& dataset, const std::string& metric, const Json& comparison);

/// A metric without a unit that stays within [0, 1] everywhere reads best as percent.
void mark_shares(Dataset& dataset);

}  // namespace assay::report
