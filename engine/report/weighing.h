#pragma once
#include <optional>
#include <tuple>

#include "report/report_data.h"

namespace assay::report {

/// a against b by the primary output, turned so that positive is better; none where they were not compared.
std::optional<Difference> gain_of(const Dataset&, const Group& a, const Group& b);

/// Dollars for so many requests, adapting included; unknown where nobody counted what a request costs.
double dollars_for(const Group&, double requests);

/// What choosing among equals goes by: dollars (for the volume, or a request), then training time, then tokens a request,
/// then time. Costs that nobody counted weigh nothing.
std::tuple<double, double, double, double, double> price_of(const Group&, const std::optional<double>& volume);

}  // namespace assay::report
