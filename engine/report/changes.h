#pragma once
#include <string>
#include <vector>

#include "report/report_data.h"

namespace assay::report {

/// What would make another cell the choice, a sentence each: more test examples, another volume or price, less quality
/// accepted, more training rows, trainings under further seeds. Nothing where nothing measured says so.
std::vector<std::string> what_would_change(const Dataset&, const Group& chosen, const ReportData&);

}  // namespace assay::report
