#pragma once
#include <string>

#include "plan/plan.h"
#include "store/store.h"

namespace assay::cli {

/// A cell's KPI rows of one value or metric as the view `kpi` has them, those of its group's other seeds, and the
/// group's own row of `cell_groups`; each part begins with the query that gives it. @throws BadInput, naming what there
/// is
std::string metric_text(store::Store&, std::int64_t run, const plan::Plan&, const plan::Cell&,
                        const std::string& metric);

/// The same as a JSON object: `kpi` and `cell_groups`, lists of rows.
std::string metric_json(store::Store&, std::int64_t run, const plan::Plan&, const plan::Cell&,
                        const std::string& metric);

}  // namespace assay::cli
