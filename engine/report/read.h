#pragma once
#include "report/report_data.h"
#include "store/store.h"

namespace assay::report {

/// Reads all that a report says about a run: from the store and from the bundles of its finished stages. What is
/// missing (a stage failed, or never ran) is missing in the result, with its reason. Ranks and recommends.
ReportData read(store::Store&, std::int64_t run);

}  // namespace assay::report
