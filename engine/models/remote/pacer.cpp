#include "models/remote/pacer.h"

#include <algorithm>
#include <limits>

namespace assay::models::remote {
namespace {

constexpr double kShare = 0.97;  // of a limit: clocks differ, and so do the moments of sending and counting
constexpr double kFirstWindow = 4;
constexpr double kLongestWindow = 90;  // seconds; a limit whose reset is further off is no limit a minute

}  // namespace

double Pacer::Bucket::wait(double now) const {
  if (a_second <= 0) return 0;
  const double now_level = std::min(most, level + (now - at) * a_second);
  return now_level > 0 ? 0 : -now_level / a_second + 1e-6;
}

void Pacer::Bucket::take(double now, double amount) {
  if (a_second > 0) level = std::min(most, level + (now - at) * a_second);
  level -= amount;
  at = now;
}

void Pacer::Bucket::limit(double now, double a_minute, double least_burst) {
  const double rate = a_minute / 60 * kShare;
  if (rate == a_second) return;
  const bool first = a_second <= 0;
  if (!first) take(now, 0);
  a_second = rate;
  most = std::max(least_burst, rate * 0.1);
  // What was sent before the limit was known counts against it.
  level = first ? std::min(level, 0.0) : std::min(level, most);
  at = now;
}

Pacer::Pacer(Settings settings)
    : settings_(settings), window_(std::min(kFirstWindow, static_cast<double>(settings.concurrency))) {
  if (settings_.requests_per_minute > 0) requests_.limit(0, settings_.requests_per_minute, 1);
  if (settings_.tokens_per_minute > 0) tokens_.limit(0, settings_.tokens_per_minute, 1);
}

double Pacer::wait(double now, double /*tokens*/) const {
  if (in_flight_ >= static_cast<std::size_t>(window_)) return std::numeric_limits<double>::infinity();
  return std::max({0.0, held_until_ - now, requests_.wait(now), tokens_.wait(now)});
}

void Pacer::sent(double now, double tokens) {
  ++in_flight_;
  requests_.take(now, 1);
  tokens_.take(now, tokens);
}

void Pacer::hold(double until) { held_until_ = std::max(held_until_, until); }

void Pacer::came_back(double now, double sent_at, const RateHeaders& said, bool busy) {
  --in_flight_;
  // A limit a day is kept by the server's refusals: spread over the day it would stop short runs that it allows.
  const auto adopt = [&](Bucket& bucket, const std::optional<double>& limit, const std::optional<double>& reset,
                         double own) {
    if (!limit || reset.value_or(0) > kLongestWindow) return;
    bucket.limit(now, own > 0 ? std::min(own, *limit) : *limit, 1);
  };
  adopt(requests_, said.requests, said.requests_reset, settings_.requests_per_minute);
  adopt(tokens_, said.tokens, said.tokens_reset, settings_.tokens_per_minute);
  const double most = static_cast<double>(settings_.concurrency);
  if (!busy) {
    window_ = std::min(most, window_ + (grows_fast_ ? 1 : 1 / window_));
    return;
  }
  if (said.retry_after) hold(now + *said.retry_after);
  if (sent_at < fell_at_) return;
  grows_fast_ = false;
  fell_at_ = now;
  window_ = std::max(1.0, window_ / 2);
}

}  // namespace assay::models::remote
