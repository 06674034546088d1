#pragma once
#include "report/report_data.h"

namespace assay::report {

/// Says which group to choose for a ranked, judged dataset: the cheapest of the best tier that has a group
/// within the constraints; then by how much it beats the baseline and the best of the other families, what it costs, what
/// would make another the choice, and what the measurements cannot tell. Of the report's other datasets it knows nothing.
Recommendation recommend(const Dataset&, const ReportData&);

/// One paragraph over several datasets; empty for fewer than two.
std::string recommend_overall(const ReportData&);

}  // namespace assay::report
