#pragma once
#include <map>
#include <string>
#include <vector>

#include "report/report_data.h"
#include "store/bundle.h"

namespace assay::report {

/// The fronts of the primary output against cost, against latency and against training time, where these are known and
/// differ. `compared` holds the comparisons by metric: resamples of several metrics over the same examples are the same
/// draws, so that quality and cost of one resample belong together.
std::vector<Front> fronts(const Dataset& dataset, const std::map<std::string, const store::Bundle*>& compared);

}  // namespace assay::report
