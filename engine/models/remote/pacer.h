#pragma once
#include <cstddef>

#include "models/remote/rate_headers.h"

namespace assay::models::remote {

/// How fast a server may be asked: by what the user says, by what it says itself, by how it bears what it is sent.
///
/// Requests and tokens are spread evenly over a minute at 97 % of a limit, so that a window of any kind and length holds
/// them. How many may be in flight grows with each answer until the server complains, falls to half then, and grows by one
/// a round from there (AIMD; Chiu and Jain 1989). Until the first answer a few are sent, to learn the limits from.
///
/// Times are seconds of any one clock. Knows nothing of requests, threads or sleeping.
class Pacer {
 public:
  struct Settings {
    double requests_per_minute = 0;  ///< 0 = not known
    double tokens_per_minute = 0;
    std::size_t concurrency = 64;  ///< most in flight
  };
  explicit Pacer(Settings);

  /// Seconds until one more of `tokens` may be sent; infinity: when one in flight has come back.
  [[nodiscard]] double wait(double now, double tokens) const;
  void sent(double now, double tokens);
  /// One came back. `busy`: the server said that it is too much for it (429, 503, 529, no answer in time).
  /// `sent_at`: when it was sent: those sent before the window fell say nothing new.
  void came_back(double now, double sent_at, const RateHeaders&, bool busy);
  void hold(double until);  ///< nothing is sent before that

  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }
  [[nodiscard]] double window() const { return window_; }

 private:
  /// Fills evenly, may be overdrawn by the last taken.
  struct Bucket {
    double a_second = 0;  ///< 0 = no limit
    double most = 1;
    double level = 1;
    double at = 0;
    [[nodiscard]] double wait(double now) const;
    void take(double now, double amount);
    void limit(double now, double a_minute, double least_burst);
  };

  Settings settings_;
  Bucket requests_, tokens_;
  double window_;
  bool grows_fast_ = true;
  double fell_at_ = -1;
  double held_until_ = -1;
  std::size_t in_flight_ = 0;
};

}  // namespace assay::models::remote
