#include "models/remote/rate_headers.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace assay::models::remote {
namespace {

std::optional<double> number(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0' || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// Seconds of "1h2m3.5s", "12ms", or a plain number of them.
std::optional<double> duration(const std::string& text) {
  if (const auto plain = number(text)) return plain;
  double sum = 0;
  for (const char* at = text.c_str(); *at != '\0';) {
    char* end = nullptr;
    const double value = std::strtod(at, &end);
    if (end == at) return std::nullopt;
    at = end;
    if (at[0] == 'm' && at[1] == 's') {
      sum += value / 1000;
      at += 2;
    } else if (*at == 'd' || *at == 'h' || *at == 'm' || *at == 's') {
      sum += value * (*at == 'd' ? 86400 : *at == 'h' ? 3600 : *at == 'm' ? 60 : 1);
      ++at;
    } else {
      return std::nullopt;
    }
  }
  return text.empty() ? std::nullopt : std::optional(sum);
}

/// Seconds that the zone at `rest` is before UTC, after a fraction of a second: "Z", ".25+02:00"; 0 where there is none.
double zone(const char* rest) {
  if (*rest == '.') rest += 1 + std::strspn(rest + 1, "0123456789");
  int hours = 0, minutes = 0;
  if ((*rest != '+' && *rest != '-') || std::sscanf(rest + 1, "%2d:%2d", &hours, &minutes) < 1) return 0;
  return (*rest == '-' ? 1 : -1) * (hours * 3600.0 + minutes * 60.0);
}

/// Seconds until a date as RFC 9110 (5.6.7, its obsolete forms too) or RFC 3339 writes it.
std::optional<double> until(const std::string& text, double now) {
  for (const char* form :
       {"%a, %d %b %Y %H:%M:%S GMT", "%Y-%m-%dT%H:%M:%S", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    std::tm parts{};
    const char* rest = ::strptime(text.c_str(), form, &parts);
    if (rest != nullptr) return std::max(0.0, static_cast<double>(::timegm(&parts)) + zone(rest) - now);
  }
  return std::nullopt;
}

/// A number beyond any wait is a moment: seconds, or milliseconds, since 1970.
double wait_of(double value, double now) {
  if (value < 1e9) return value;
  return std::max(0.0, (value < 1e12 ? value : value / 1000) - now);
}

}  // namespace

RateHeaders RateHeaders::read(const std::map<std::string, std::string>& headers, double now) {
  const auto find = [&](const std::string& name) -> const std::string* {
    const auto found = headers.find(name);
    return found == headers.end() ? nullptr : &found->second;
  };
  const auto count = [&](const std::string& name, double least) -> std::optional<double> {
    const std::string* text = find(name);
    const auto value = text == nullptr ? std::nullopt : number(*text);
    return value && *value >= least ? value : std::nullopt;
  };
  const auto time = [&](const std::string& name) -> std::optional<double> {
    const std::string* text = find(name);
    if (text == nullptr) return std::nullopt;
    const auto value = duration(*text);
    if (!value) return until(*text, now);
    return *value >= 0 ? std::optional(wait_of(*value, now)) : std::nullopt;
  };
  RateHeaders read;
  for (const bool theirs : {true, false}) {
    const auto name = [&](const char* what, const char* of) {
      return theirs ? std::string("x-ratelimit-") + what + "-" + of
                    : std::string("anthropic-ratelimit-") + of + "-" + what;
    };
    if (!read.requests) read.requests = count(name("limit", "requests"), 1);
    if (!read.tokens) read.tokens = count(name("limit", "tokens"), 1);
    if (!read.requests_left) read.requests_left = count(name("remaining", "requests"), 0);
    if (!read.tokens_left) read.tokens_left = count(name("remaining", "tokens"), 0);
    if (!read.requests_reset) read.requests_reset = time(name("reset", "requests"));
    if (!read.tokens_reset) read.tokens_reset = time(name("reset", "tokens"));
  }
  if (const auto milliseconds = count("retry-after-ms", 0)) read.retry_after = *milliseconds / 1000;
  if (!read.retry_after) read.retry_after = time("retry-after");
  return read;
}

}  // namespace assay::models::remote
