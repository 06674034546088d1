#pragma once
#include <string>
#include <vector>

#include "rng.h"

namespace assay::synth {

/// A start (2 to 20) and `changes` gains and losses of 1 to 9; every partial result lies in 0 to 40. These are all the
/// sums that a model pretrained on the corpus has seen.
std::vector<int> draw_chain(Rng& rng, int changes);

/// The sum of start and changes.
int result_of(const std::vector<int>& chain);

/// The steps as the corpus writes them: "8 + 5 = 13 ; 13 - 3 = 10 ; answer 10".
std::string written_steps(const std::vector<int>& chain);

}  // namespace assay::synth
