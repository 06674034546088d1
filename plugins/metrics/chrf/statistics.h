#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "text/ngrams.h"

namespace chrf {

struct Settings {
  std::size_t char_order = 6;
  std::size_t word_order = 0;
  double beta = 2;
  bool lowercase = false;
  bool whitespace = false;  ///< n-grams run over white space too
  bool eps_smoothing = false;

  [[nodiscard]] std::size_t orders() const { return char_order + word_order; }
};

/// A text as chrF reads it: its characters, and its words with punctuation at their end, else at their start, apart.
struct Segment {
  std::u32string characters;
  std::vector<std::u32string> words;
};
Segment segment(const std::string& text, const Settings& settings);

/// Columns of an order in a row of counts.
enum Column : std::size_t { in_answer, in_reference, matched, kColumns };

/// Fills orders × kColumns counts of the reference that gives the answer its best score.
/// REQUIRES a reference.
void count(const Segment& answer, const std::vector<Segment>& references, const Settings& settings,
           std::span<double> counts);

/// chrF, 0 to 100, of (summed) counts.
double score(std::span<const double> counts, const Settings& settings);

}  // namespace chrf
