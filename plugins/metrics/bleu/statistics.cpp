#include "statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "text/ngrams.h"

namespace bleu {

Statistics statistics(std::span<const std::string_view> answer, std::span<const Tokens> references) {
  metric_text::WordNumbering numbers;
  const std::vector<metric_text::Symbol> tokens = numbers(answer);
  Statistics result;
  result.answer_length = static_cast<double>(tokens.size());
  const auto distance = [&](double length) { return std::abs(result.answer_length - length); };
  result.reference_length = std::numeric_limits<double>::infinity();
  std::vector<std::vector<metric_text::Symbol>> numbered;
  numbered.reserve(references.size());
  for (const Tokens& reference : references) {
    numbered.push_back(numbers(reference.list()));
    const auto length = static_cast<double>(numbered.back().size());
    const double now = distance(result.reference_length);
    if (distance(length) < now || (distance(length) == now && length < result.reference_length))
      result.reference_length = length;
  }
  const std::vector<double> matches = metric_text::matches(tokens, numbered, kOrders);
  for (std::size_t n = 0; n < kOrders; ++n) {
    result.matches[n] = matches[n];
    result.totals[n] = metric_text::ngrams_of(tokens.size(), n + 1);
  }
  return result;
}

double score(const Statistics& sums, const Scoring& scoring) {
  if (std::all_of(sums.matches.begin(), sums.matches.end(), [](double x) { return x == 0; })) return 0;
  double penalty = 1;
  if (sums.answer_length < sums.reference_length) penalty = std::exp(1 - sums.reference_length / sums.answer_length);
  std::array<double, kOrders> precisions{};  // per cent
  std::size_t orders = kOrders;
  double halvings = 1;
  for (std::size_t n = 0; n < kOrders; ++n) {
    const double added = scoring.smoothing == Smoothing::add_k && n > 0 ? scoring.value : 0;
    const double matches = sums.matches[n] + added, total = sums.totals[n] + added;
    if (total == 0) break;
    if (scoring.effective_order) orders = n + 1;
    if (matches > 0) {
      precisions[n] = 100 * matches / total;
    } else if (scoring.smoothing == Smoothing::exp) {
      halvings *= 2;
      precisions[n] = 100 / (halvings * total);
    } else if (scoring.smoothing == Smoothing::floor) {
      precisions[n] = 100 * scoring.value / total;
    }
  }
  double logs = 0;
  for (std::size_t n = 0; n < orders; ++n) {
    if (precisions[n] <= 0) return 0;
    logs += std::log(precisions[n]);
  }
  return penalty * std::exp(logs / static_cast<double>(orders));
}

}  // namespace bleu
