#include "models/remote/allowance.h"

#include <fmt/core.h>

namespace assay::models::remote {

double TokenPrice::of(const sdk::Usage& usage) const {
  return (static_cast<double>(usage.prompt_tokens - usage.cached_prompt_tokens) * input +
          static_cast<double>(usage.cached_prompt_tokens) * cached_input +
          static_cast<double>(usage.completion_tokens) * output) /
         1e6;
}

double TokenPrice::of(std::int64_t prompt, std::int64_t completion) const {
  return (static_cast<double>(prompt) * input + static_cast<double>(completion) * output) / 1e6;
}

Allowance::Answer Allowance::reserve(double most) {
  if (cap_ && most > 0) {
    if (spent() + held_ >= *cap_) return Answer::spent;
    if (spent() + held_ + set_aside_ + most > *cap_ && in_flight_ > 0) return Answer::later;
  }
  ++in_flight_;
  set_aside_ += most;
  return Answer::yes;
}

void Allowance::settle(double most, double paid) {
  --in_flight_;
  set_aside_ = in_flight_ == 0 ? 0 : set_aside_ - most;
  spent_ += paid;
}

bool Allowance::hold(double dollars, bool anyway) {
  if (cap_ && dollars > 0 && !anyway && spent() + held_ + set_aside_ + dollars > *cap_) return false;
  held_ += dollars;
  return true;
}

void Allowance::release(double held, double paid) {
  held_ -= held;
  spent_ += paid;
}

std::string Allowance::spent_words() const {
  const std::string held = held_ > 0 ? fmt::format(", ${:.4g} more are held for fine-tuning jobs", held_) : "";
  return fmt::format("the budget of ${:.4g} is spent (${:.6g}{}); raise `budget:` to go on", cap_.value_or(0), spent(),
                     held);
}

}  // namespace assay::models::remote
