#pragma once
#include <cstdint>

namespace assay::models::remote {

struct RetrySettings {
  int attempts = 7;            ///< of one request, the first included
  double first_seconds = 0.5;  ///< the longest first wait; it doubles with each attempt
  double longest_seconds = 30;
  double share = 1.0;  ///< of a run's requests so many may be retries, beside the first `free` ones
  std::int64_t free = 100;
};

struct CircuitSettings {
  int failures = 20;             ///< in a row, after which the server is tried by single requests
  double give_up_seconds = 300;  ///< without an answer, after which nothing more is asked
};

/// Seconds to wait before attempt `next` (2 for the first retry): drawn evenly from nothing to the doubled bound ("full
/// jitter"). The draw is named by `seed`, so that a test can tell.
double backoff(const RetrySettings&, int next, std::uint64_t seed);

/// Refuses retries when they are more than a share of all requests: a server in trouble is not given more of it.
class RetryBudget {
 public:
  explicit RetryBudget(const RetrySettings& settings) : share_(settings.share), free_(settings.free) {}
  void request() { ++requests_; }
  bool take();

 private:
  double share_;
  std::int64_t free_;
  std::int64_t requests_ = 0, retries_ = 0;
};

/// Lets single requests through, at growing distances, when a server has failed so many times in a row; what it answers
/// closes the circuit. Times are seconds of any one clock.
class CircuitBreaker {
 public:
  explicit CircuitBreaker(const CircuitSettings& settings = {})
      : most_(settings.failures), give_up_(settings.give_up_seconds) {}

  /// Seconds until a request may be sent; infinity while a trial is in flight.
  [[nodiscard]] double wait(double now) const;
  void sent() { trial_ = is_open(); }
  void answered();
  void failed(double now);
  [[nodiscard]] bool is_open() const { return failures_ >= most_; }
  /// Nothing was answered for so long that waiting on is in vain.
  [[nodiscard]] bool has_given_up(double now) const { return is_open() && now - open_since_ > give_up_; }

 private:
  int most_;
  double give_up_;
  int failures_ = 0;
  bool trial_ = false;
  double open_since_ = 0, next_trial_ = 0, pause_ = 0;
};

}  // namespace assay::models::remote
