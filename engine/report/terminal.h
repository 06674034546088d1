#pragma once
#include <cstddef>
#include <string>

#include "report/report_data.h"

namespace assay::report {

/// The answer and the matrix for a terminal of so many columns (40 or more): the primary output with its interval as
/// numbers and as a bar, ranks, differences to the baseline and what else fits. Nothing in it steers a terminal.
std::string terminal(const ReportData&, std::size_t width);

}  // namespace assay::report
