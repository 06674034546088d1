#pragma once
#include <vector>

#include "run/asking.h"

namespace assay::run {

/// A row of predictions.jsonl, see store::BundleWriter.
Json prediction_row(const Asked&, const sdk::Example&);

/// A prediction row's log-probabilities of the example's `choices` choices, of the last request that scored any; none where it
/// scored others than the dataset's (verbalised labels), which say nothing about these.
std::vector<double> choice_scores(const Json& row, std::size_t choices);

/// Nothing is left out silently: @throws Error where some example could not be asked.
void refuse_errors(const std::vector<Asked>&);

}  // namespace assay::run
