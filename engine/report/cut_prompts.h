#pragma once
#include <string>
#include <vector>

#include "plan/plan.h"
#include "report/stage_results.h"

namespace assay::report {

/// A sentence for each model, dataset and strategy whose prompts did not all fit the model's window: what `prompt.fit`
/// took from them, over all seeds. A reader must know before comparing: such cells were not asked what others were.
std::vector<std::string> cut_prompts(const plan::Plan& plan, StageResults& stages);

}  // namespace assay::report
