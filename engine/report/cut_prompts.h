#pragma once
#include <string>
#include <vector>

#include "plan/plan.h"
#include "report/stage_results.h"

namespace assay::report {

/// "2 shots dropped, 14 tokens cut from the input": what fitting a prompt to the window took; empty where nothing.
std::string taken_text(double shots, double passages, double input_tokens);

/// A sentence for each model, dataset and strategy whose prompts did not all fit the model's window: what `prompt.fit`
/// took from them, over all seeds. A reader must know before comparing: such cells were not asked what others were.
std::vector<std::string> cut_prompts(const plan::Plan& plan, StageResults& stages);

}  // namespace assay::report
