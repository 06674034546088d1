#pragma once
#include <cstddef>
#include <map>
#include <string>

#include "run/asking.h"

namespace assay::run {

/// What strategies say of their examples in numbers, and what each named step of their exchanges took, summed up for a
/// stage's KPIs. Examples are added in their own order, so the means are the same bits in every batch.
class NumberMeans {
 public:
  /// @throws Error for a number that is not finite, or that changes its unit.
  void add(const Asked&);

  /// Logs the share of answers that are empty as "unreadable", and means: of a number over the examples that have it; of a
  /// step's tokens and milliseconds over all examples,
  /// so that the steps add up: "step.draft.prompt_tokens", "step.draft.completion_tokens", "step.draft.ms".
  void log(StageWork&) const;

 private:
  struct Sum {
    sdk::Number sum;
    std::size_t count = 0;
  };
  struct Step {
    sdk::Usage usage;
    double milliseconds = 0;
  };
  std::map<std::string, Sum> numbers_;
  std::map<std::string, Step> steps_;
  std::size_t examples_ = 0, unreadable_ = 0;
};

}  // namespace assay::run
