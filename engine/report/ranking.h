#pragma once
#include "report/report_data.h"

namespace assay::report {

/// Orders the groups by the primary output and ranks them in tiers. The first tier holds the best group and every group
/// that is not shown to differ from it in pairs; the next tier is made in the same way from the groups
/// that are left. Groups that were not compared in a pair count as apart only where their own intervals do not meet. A
/// rank is 1 + the number of groups in better tiers. Groups without a value come last, with rank 0.
void rank(Dataset&);

/// Corrects the p-values of all comparisons of an output, on all datasets, as one family, by the correction of the
/// report's terms; comparisons with the baseline as one of their own where these say so.
void adjust_for_many(ReportData&);

/// Notes for every group which of the experiment's constraints it breaks, and which could not be judged.
void judge_constraints(ReportData&);

}  // namespace assay::report
