#pragma once
#include <optional>
#include <vector>

#include "report/report_data.h"
#include "stats/break_even.h"

namespace assay::report {

/// a against b by the primary output, turned so that positive is better; none where they were not compared.
std::optional<Difference> gain_of(const Dataset&, const Group& a, const Group& b);

/// Adapting, where it was counted, and a request.
stats::Spending spending_of(const Group&);

/// Dollars for so many requests, adapting included; unknown where nobody counted what a request costs.
double dollars_for(const Group&, double requests);

/// The cheapest by dollars (for the volume, or a request), then training time, then tokens a request, then time; null for
/// none. Where some have a price, one without is the dearest: it is not known to cost less. What nobody counted weighs
/// nothing.
const Group* cheapest(const std::vector<const Group*>& groups, const std::optional<double>& volume);

}  // namespace assay::report
