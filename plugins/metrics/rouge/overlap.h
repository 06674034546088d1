#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "text/ngrams.h"

namespace rouge {

using Tokens = std::vector<metric_text::Symbol>;

/// rouge_score's tokens: lower case, split at all but a-z and 0-9, words of more than three letters stemmed if wanted.
std::vector<std::string> tokenize(std::string_view text, bool stemmer);

/// What answer and reference share, of how much each holds.
struct Overlap {
  double shared = 0, in_answer = 0, in_reference = 0;

  [[nodiscard]] double precision() const { return in_answer > 0 ? shared / in_answer : 0; }
  [[nodiscard]] double recall() const { return in_reference > 0 ? shared / in_reference : 0; }
  [[nodiscard]] double f() const;
};

/// ROUGE-N: n-grams.
Overlap ngrams(const Tokens& answer, const Tokens& reference, std::size_t n);

/// ROUGE-L: the longest common subsequence.
Overlap longest_common_subsequence(const Tokens& answer, const Tokens& reference);

/// ROUGE-Lsum (Lin 2004, W04-1013, section 3.2): for each sentence of the reference the union of its longest common
/// subsequences with the answer's sentences; no token counts more often than either text holds it.
Overlap union_of_subsequences(const std::vector<Tokens>& answer, const std::vector<Tokens>& reference);

}  // namespace rouge
