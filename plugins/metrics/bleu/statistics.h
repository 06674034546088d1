#pragma once
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "tokenize.h"

namespace bleu {

inline constexpr std::size_t kOrders = 4;  ///< n-grams of one to four tokens

/// What BLEU needs of a corpus; a segment's add up (Papineni et al. 2002). Weighted sums are no whole numbers.
struct Statistics {
  double answer_length = 0;               ///< tokens
  double reference_length = 0;            ///< of the closest reference, the shorter of two equally close
  std::array<double, kOrders> matches{};  ///< n-grams that some reference holds, each as often as there at most
  std::array<double, kOrders> totals{};   ///< n-grams of the answer
};

/// Of texts by their tokens. Each n-gram matches as often as in the reference that holds it most often. REQUIRES a
/// reference.
Statistics statistics(std::span<const std::string_view> answer, std::span<const Tokens> references);

enum class Smoothing { none, floor, add_k, exp };

/// How sums become a score; Chen & Cherry 2014 (W14-3346) describe the smoothings.
struct Scoring {
  Smoothing smoothing = Smoothing::exp;
  double value = 0;              ///< what floor puts for no match, what add-k adds to orders above the first
  bool effective_order = false;  ///< the mean is over those orders alone that the answer is long enough for
};

/// BLEU, 0 to 100, as sacreBLEU 2 computes it: 0 without any match, whatever the smoothing.
double score(const Statistics& sums, const Scoring& scoring);

}  // namespace bleu
