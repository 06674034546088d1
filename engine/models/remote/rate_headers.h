#pragma once
#include <map>
#include <optional>
#include <string>

namespace assay::models::remote {

/// What an answer's headers say of the server's limits. Absent where they say nothing, or nothing that makes sense (-1).
struct RateHeaders {
  std::optional<double> requests, tokens;  ///< allowed a window
  std::optional<double> requests_left, tokens_left;
  std::optional<double> requests_reset, tokens_reset;  ///< seconds from now
  std::optional<double> retry_after;                   ///< seconds from now

  /// `headers` with names in small letters; `now` in seconds since 1970 is what dates are held against. Reads OpenAI's
  /// x-ratelimit-{limit,remaining,reset}-{requests,tokens} ("6m0s", "12ms", seconds), Anthropic's
  /// anthropic-ratelimit-{requests,tokens}-{limit,remaining,reset} (RFC 3339), retry-after (seconds or a date), retry-after-ms.
  static RateHeaders read(const std::map<std::string, std::string>& headers, double now);
};

}  // namespace assay::models::remote
