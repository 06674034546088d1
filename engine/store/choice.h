#pragma once
#include <string>
#include <vector>

#include "store/store.h"

namespace assay::store {

/// The trial that the choice (choice.json) of a tuned cell names; null where the plan knows it not.
const plan::Trial* trial_of(const plan::Cell&, const Json& choice);

/// The trial that a tuned cell's choice names; null where nothing is tuned, or nothing was chosen yet.
/// @throws Corrupted where the choice is damaged
const plan::Trial* chosen_trial(const Store&, const plan::Plan&, const plan::Cell&);

/// Keys of the stages that adapted a cell to what it is asked with: of a tuned cell, the chosen trial's.
std::vector<std::string> adapters_of(const Store&, const plan::Plan&, const plan::Cell&);

}  // namespace assay::store
