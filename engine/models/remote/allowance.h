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
/// What is held for jobs counts as spent.
class Allowance {
 public:
  explicit Allowance(std::optional<double> dollars = std::nullopt, double spent = 0) : cap_(dollars), spent_(spent) {}

  enum class Answer { yes, later, spent };
  /// Sets `most` aside on yes.
  Answer reserve(double most);
  void settle(double most, double paid);

  /// Holds `dollars` for what is no request (a fine-tuning job) and is not begun where they may not fit.
  /// @return false then, unless `anyway`: what was begun is paid whatever the cap
  bool hold(double dollars, bool anyway);
  void release(double held, double paid);
  /// What the run spent on other than remote models, and what it goes on from spent on all.
  void set_elsewhere(double dollars) { elsewhere_ = dollars; }

  [[nodiscard]] double spent() const { return spent_ + elsewhere_; }
  [[nodiscard]] double spent_here() const { return spent_; }  ///< on remote models
  [[nodiscard]] std::string spent_words() const;              ///< "the budget of $1 is spent ($1.0004)"

 private:
  std::optional<double> cap_;
  double spent_;
  double set_aside_ = 0, held_ = 0, elsewhere_ = 0;
  std::int64_t in_flight_ = 0;
};

}  // namespace assay::models::remote
