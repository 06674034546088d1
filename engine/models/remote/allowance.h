#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "assay/sdk/language_model.h"

namespace assay::models::remote {

/// US dollars a million tokens.
struct TokenPrice {
  double input = 0, cached_input = 0, output = 0;
  [[nodiscard]] double of(const sdk::Usage&) const;
  [[nodiscard]] double of(std::int64_t prompt, std::int64_t completion) const;  ///< none of it cached
};

/// What a run may spend on all its remote models together. What is in flight is set aside at the most that it can cost; a
/// request that may not fit goes out alone, when nothing else is in flight, so that no more than its price is overspent.
class Allowance {
 public:
  explicit Allowance(std::optional<double> dollars = std::nullopt, double spent = 0) : cap_(dollars), spent_(spent) {}

  enum class Answer { yes, later, spent };
  /// Sets `most` aside on yes.
  Answer reserve(double most);
  void settle(double most, double paid);

  [[nodiscard]] double spent() const { return spent_; }
  [[nodiscard]] std::string spent_words() const;  ///< "the budget of $1 is spent ($1.0004)"

 private:
  std::optional<double> cap_;
  double spent_;
  double set_aside_ = 0;
  std::int64_t in_flight_ = 0;
};

}  // namespace assay::models::remote
