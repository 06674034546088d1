#pragma once
#include <cstdint>
#include <optional>
#include <span>

namespace assay::stats {

/// What a way of doing a task costs, in one currency.
struct Spending {
  double once = 0;  ///< before the first request: training with its sweep and failed attempts, searching a prompt
  double per_request = 0;
  double per_hour = 0;  ///< as long as it is offered: a hosted model

  /// Of so many requests that come at a rate; infinite for no rate where something is paid an hour.
  [[nodiscard]] double total(double requests, double requests_per_hour) const;
};

/// From which volume on the first of two ways has cost less than the second.
struct BreakEven {
  enum class When {
    at_once,     ///< it costs no more to begin with, and no more a request
    from,        ///< from `requests` on
    until,       ///< it costs less to begin with and more a request: up to `requests`
    above_rate,  ///< what is paid by the hour is repaid only by more than `requests_per_hour`
    never
  };
  When when = When::never;
  double requests = 0;
  double requests_per_hour = 0;
};

/// With d = once(a) - once(b) and s = what a request by `a` saves against `b`, what is paid an hour shared among the requests of
/// one: N* = d / s. A rate of 0: no rate is known.
BreakEven break_even(const Spending& a, const Spending& b, double requests_per_hour = 0);

/// The percentile interval of N* where what a request costs was measured on examples: these are resampled in pairs. Resamples
/// in which `a` never repays count as infinite.
struct BreakEvenInterval {
  double low = 0, high = 0;  ///< requests
  double never = 0;          ///< share of resamples
};

/// `a` and `b`, for the same examples in the same order; each `per_request` is the mean of these. @throws std::invalid_argument
/// for different numbers of examples, or none
BreakEvenInterval break_even_interval(const Spending& a, std::span<const double> requests_a, const Spending& b,
                                      std::span<const double> requests_b, double requests_per_hour, double confidence,
                                      int resamples, std::uint64_t seed);

}  // namespace assay::stats
