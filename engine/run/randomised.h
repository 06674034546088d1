#pragma once
#include <vector>

#include "run/compared.h"

namespace assay::run {

/// Approximate randomisation of a metric whose value is no mean of the examples' scores: as
/// stats::randomisation_p_values, but through the metric itself. Rows are exchanged in pairs of seeds, the values are means
/// over these; clusters are exchanged whole. One p-value an output; empty where the groups have different seeds.
std::vector<double> randomised(const ComparedGroup& a, const ComparedGroup& b, const ScoredCells& all, int shuffles);

}  // namespace assay::run
