#pragma once
#include "report/economics.h"

namespace assay::report {

/// What `assay cost --json` prints and report.json holds (docs/report-json.md): assumptions, prices, and a dataset's ways with their
/// totals against volume, and when training is repaid.
Json economics_json(const std::vector<DatasetEconomics>&, const Json& prices, const EconomicsSettings&);

}  // namespace assay::report
