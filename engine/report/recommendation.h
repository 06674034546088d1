#pragma once
#include "report/report_data.h"

namespace assay::report {

/// Says which group to choose for a ranked, judged dataset: the cheapest (dollars, then training time, then tokens a
/// request, then time) of the best tier that has a group within the constraints; then by how much it beats the baseline
/// and the best of the other families, what it costs, and what the measurements cannot tell.
Recommendation recommend(const Dataset&, double confidence);

/// One paragraph over several datasets; empty for fewer than two.
std::string recommend_overall(const ReportData&);

}  // namespace assay::report
