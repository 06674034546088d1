#pragma once
#include <cstdint>
#include <string>

#include "config/experiment.h"

namespace assay::run {

/// What a run has spent, and in dollars those that it goes on from, held against the experiment's budget. Reused stages
/// cost nothing. Of remote models the gateway counts the dollars; the hours of a machine that serves them are counted here.
class Spending {
 public:
  explicit Spending(const config::Experiment& experiment) : experiment_(experiment) {}

  void add(const std::string& model, std::int64_t prompt_tokens, std::int64_t cached_tokens,
           std::int64_t completion_tokens, double seconds);

  /// Why new work of this expected cost may not begin; empty when it may.
  [[nodiscard]] std::string refusal(double estimated_dollars, std::int64_t estimated_tokens, double estimated_seconds,
                                    double elapsed_seconds) const;

  /// What the runs that this one goes on from spent.
  void begin_with(double dollars) { elsewhere_ += dollars; }
  /// What the gateway has counted since the run began: requests and fine-tuning jobs.
  void set_remote(double dollars) { remote_ = dollars; }
  /// Of `dollars` what the gateway does not count.
  [[nodiscard]] double elsewhere() const { return elsewhere_; }

  [[nodiscard]] double dollars() const { return elsewhere_ + remote_; }
  [[nodiscard]] std::int64_t tokens() const { return tokens_; }

 private:
  const config::Experiment& experiment_;
  double elsewhere_ = 0, remote_ = 0;
  std::int64_t tokens_ = 0;
};

}  // namespace assay::run
