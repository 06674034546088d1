#pragma once
#include <span>

#include "text/ngrams.h"

namespace ter {

/// Insertions, deletions, substitutions and shifts of phrases that turn `answer` into `reference`: Tercom's greedy
/// search (Snover et al. 2006) with the limits of sacreBLEU's. Of an empty reference all words are insertions.
int edits(std::span<const metric_text::Symbol> answer, std::span<const metric_text::Symbol> reference);

}  // namespace ter
