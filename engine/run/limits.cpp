#include "run/limits.h"

#include <fmt/core.h>

namespace assay::run {

void Spending::add(const std::string& model, std::int64_t prompt_tokens, std::int64_t cached_tokens,
                   std::int64_t completion_tokens, double seconds) {
  tokens_ += prompt_tokens + completion_tokens;
  for (const config::ModelSpec& spec : experiment_.models) {
    if (spec.name != model) continue;
    elsewhere_ += spec.dollars_per_hour * seconds / 3600;
    if (spec.price && !spec.is_remote()) {
      elsewhere_ += (static_cast<double>(prompt_tokens - cached_tokens) * spec.price->input +
                     static_cast<double>(cached_tokens) * spec.price->cached_input +
                     static_cast<double>(completion_tokens) * spec.price->output) /
                    1e6;
    }
  }
}

std::string Spending::refusal(double estimated_dollars, std::int64_t estimated_tokens, double estimated_seconds,
                              double elapsed_seconds) const {
  const config::Budget& budget = experiment_.budget;
  if (budget.dollars && dollars() + estimated_dollars > *budget.dollars) {
    return fmt::format("the budget of ${:.4g} would be passed: ${:.4g} spent, about ${:.4g} for the next stage",
                       *budget.dollars, dollars(), estimated_dollars);
  }
  if (budget.tokens && tokens_ + estimated_tokens > *budget.tokens) {
    return fmt::format("the budget of {} tokens would be passed: {} used, about {} for the next stage", *budget.tokens,
                       tokens_, estimated_tokens);
  }
  if (budget.wall_seconds && elapsed_seconds + estimated_seconds > *budget.wall_seconds) {
    return fmt::format("the budget of {:.4g} s would be passed: {:.1f} s gone, about {:.1f} s for the next stage",
                       *budget.wall_seconds, elapsed_seconds, estimated_seconds);
  }
  return "";
}

}  // namespace assay::run
