#include "models/remote/backoff.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace assay::models::remote {
namespace {

constexpr double kFirstPause = 0.5, kLongestPause = 30;  // seconds between trials of an open circuit

}  // namespace

double backoff(const RetrySettings& settings, int next, std::uint64_t seed) {
  const double bound =
      std::min(settings.longest_seconds, settings.first_seconds * std::pow(2.0, std::min(next - 2, 30)));
  std::uint64_t z = seed + 0x9E3779B97F4A7C15U * static_cast<std::uint64_t>(next);  // SplitMix64 (Steele et al. 2014)
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  z ^= z >> 31U;
  return bound * static_cast<double>(z >> 11U) * 0x1.0p-53;
}

bool RetryBudget::take() {
  if (static_cast<double>(retries_ - free_) >= share_ * static_cast<double>(requests_)) return false;
  ++retries_;
  return true;
}

double CircuitBreaker::wait(double now) const {
  if (!is_open()) return 0;
  return trial_ ? std::numeric_limits<double>::infinity() : std::max(0.0, next_trial_ - now);
}

void CircuitBreaker::answered() {
  failures_ = 0;
  trial_ = false;
  pause_ = 0;
}

void CircuitBreaker::failed(double now) {
  const bool was_open = is_open();
  ++failures_;
  trial_ = false;
  if (!is_open()) return;
  if (!was_open) open_since_ = now;
  pause_ = pause_ == 0 ? kFirstPause : std::min(kLongestPause, pause_ * 2);
  next_trial_ = now + pause_;
}

}  // namespace assay::models::remote
