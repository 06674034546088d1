#pragma once
#include <cstdint>
#include <string>

#include "config/experiment.h"

namespace assay::run {

/// What a run has spent, held against the experiment's budget. Reused stages cost nothing.
class Spending {
 public:
  explicit Spending(const config::Experiment& experiment) : experiment_(experiment) {}

  void add(const std::string& model, std::int64_t prompt_tokens, std::int64_t cached_tokens,
           std::int64_t completion_tokens, double seconds);

  /// Why new work of this expected cost may not begin; empty when it may.
  [[nodiscard]] std::string refusal(double estimated_dollars, std::int64_t estimated_tokens, double estimated_seconds,
                                    double elapsed_seconds) const;

  [[nodiscard]] double dollars() const { return dollars_; }
  [[nodiscard]] std::int64_t tokens() const { return tokens_; }

 private:
  const config::Experiment& experiment_;
  double dollars_ = 0;
  std::int64_t tokens_ = 0;
};

}  // namespace assay::run
