#pragma once
#include <string>
#include <utility>
#include <vector>

#include "report/report_data.h"

namespace assay::report {

/// A dataset "tickets" of 300 examples with the one output f1; groups are added by hand.
Dataset tickets();

/// A group with one seed and a value of the primary output.
Group& add(Dataset&, const std::string& id, Family, double value, double low, double high);

/// value(a) - value(b) of the primary output.
void compare(Dataset&, const std::string& a, const std::string& b, double difference, double low, double high);

/// What was found of a group's fragility under one seed: the primary output under each variant, all with the same half-width of
/// their differences' intervals, and the spread's interval.
void perturb(Dataset&, Group&, std::uint64_t seed, const std::vector<std::pair<std::string, double>>& values,
             double half_width, double spread_low, double spread_high);

/// Ranked and recommended: prompting wins on one dataset, fine-tuning on another; ties, a failure, costs, seeds, and
/// data that would break any of the formats were it not escaped.
ReportData whole_report();

}  // namespace assay::report
