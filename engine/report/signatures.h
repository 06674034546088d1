#pragma once
#include <string>
#include <vector>

#include "report/report_data.h"

namespace assay::report {

/// How metrics were computed where they say so, a line each: "bleu: nrefs:1|case:mixed|…".
std::vector<std::string> signatures(const Dataset&);

}  // namespace assay::report
