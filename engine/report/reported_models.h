#pragma once
#include <string>
#include <vector>

#include "plan/plan.h"
#include "report/stage_results.h"
#include "store/store.h"

namespace assay::report {

/// store::ReportedModels::changes over all stages of a plan that left something, those that were made by another run included:
/// their answers are compared with each other.
std::vector<std::string> reported_changes(const plan::Plan& plan, StageResults& stages);
/// The same of a run. @throws BadInput where there is no such run
std::vector<std::string> reported_changes(store::Store& store, std::int64_t run);

}  // namespace assay::report
