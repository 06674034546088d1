#include "statistics.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

namespace bleu {
namespace {

using Gram = std::array<int, kOrders>;  ///< tokens by number, -1 past its end
using Counts = std::map<Gram, int>;

/// Tokens of one segment by number, so that n-grams compare fast.
class Numbers {
 public:
  std::vector<int> operator()(const std::vector<std::string>& tokens) {
    std::vector<int> list;
    for (const std::string& token : tokens)
      list.push_back(known_.emplace(token, static_cast<int>(known_.size())).first->second);
    return list;
  }

 private:
  std::unordered_map<std::string, int> known_;
};

Counts grams(const std::vector<int>& tokens) {
  Counts counts;
  for (std::size_t start = 0; start < tokens.size(); ++start) {
    Gram gram;
    gram.fill(-1);
    for (std::size_t n = 0; n < kOrders && start + n < tokens.size(); ++n) {
      gram[n] = tokens[start + n];
      ++counts[gram];
    }
  }
  return counts;
}

std::size_t order(const Gram& gram) {
  return static_cast<std::size_t>(std::find(gram.begin(), gram.end(), -1) - gram.begin());
}

}  // namespace

Statistics statistics(const std::vector<std::string>& answer, std::span<const std::vector<std::string>> references) {
  Numbers numbers;
  Statistics result;
  const Counts counts = grams(numbers(answer));
  const auto distance = [&](double length) { return std::abs(static_cast<double>(answer.size()) - length); };
  Counts most;
  bool first = true;
  for (const std::vector<std::string>& reference : references) {
    const auto length = static_cast<double>(reference.size());
    const double now = distance(result.reference_length);
    if (first || distance(length) < now || (distance(length) == now && length < result.reference_length))
      result.reference_length = length;
    first = false;
    for (const auto& [gram, count] : grams(numbers(reference))) {
      int& known = most[gram];
      known = std::max(known, count);
    }
  }
  result.answer_length = static_cast<double>(answer.size());
  for (const auto& [gram, count] : counts) {
    const std::size_t n = order(gram) - 1;
    result.totals[n] += count;
    if (const auto found = most.find(gram); found != most.end()) result.matches[n] += std::min(count, found->second);
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
