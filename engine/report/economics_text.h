#pragma once
#include <string>
#include <vector>

#include "report/economics.h"

namespace assay::report {

/// A dataset's costs as rows of texts, the columns those of `cost_columns`; what is not known is "–".
std::vector<std::string> cost_columns(const EconomicsSettings&);
std::vector<std::vector<std::string>> cost_rows(const DatasetEconomics&);

/// "from 12,000 requests on [9,000, 15,000]; …"
std::string repaid_text(const Repayment&, double price_range);

/// Utilisation and what else totals rest on, in a sentence.
std::string cost_note(const EconomicsSettings&);

}  // namespace assay::report
