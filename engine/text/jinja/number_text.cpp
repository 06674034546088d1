#include "text/jinja/number_text.h"

#include <charconv>
#include <cstdlib>
#include <limits>
#include <string>

#include "text/jinja/python_text.h"
#include "text/jinja/value.h"
#include "text/unicode.h"

namespace assay::text::jinja {
namespace {

/// Without the underscores between digits; nullopt where one stands elsewhere.
std::optional<std::string> without_underscores(std::string_view text) {
  const auto is_digit = [&](std::size_t i) {
    return i < text.size() &&
           ((text[i] >= '0' && text[i] <= '9') || ((text[i] | 0x20) >= 'a' && (text[i] | 0x20) <= 'z'));
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_')
      out += text[i];
    else if (i == 0 || !is_digit(i - 1) || !is_digit(i + 1))
      return std::nullopt;
  }
  return out;
}

}  // namespace

std::optional<std::int64_t> read_integer(std::string_view text, int base) {
  text = strip(text, true, true);
  bool negative = false;
  if (text.starts_with('-') || text.starts_with('+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.size() > 2 && text[0] == '0') {
    const char letter = static_cast<char>(text[1] | 0x20);
    const int prefixed = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
    if (prefixed != 0 && (base == prefixed || base == 0)) {
      base = prefixed;
      text.remove_prefix(text[2] == '_' ? 3 : 2);
    }
  }
  if (base == 0) base = 10;
  if (base < 2 || base > 36) throw Failure("int() base must be >= 2 and <= 36, or 0");
  const auto digits = without_underscores(text);
  if (!digits || digits->empty() || digits->front() == '-') return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits->data(), digits->data() + digits->size(), value, base);
  if (end != digits->data() + digits->size()) return std::nullopt;
  const auto limit = static_cast<std::uint64_t>(INT64_MAX) + (negative ? 1 : 0);
  if (error != std::errc() || value > limit) throw Failure("an integer beyond 64 bits would come out");
  return static_cast<std::int64_t>(negative ? std::uint64_t{0} - value : value);
}

std::optional<double> read_real(std::string_view text) {
  text = strip(text, true, true);
  const auto digits = without_underscores(text);
  if (!digits) return std::nullopt;
  std::string_view rest = *digits;
  bool negative = false;
  if (rest.starts_with('-') || rest.starts_with('+')) {
    negative = rest[0] == '-';
    rest.remove_prefix(1);
  }
  if (rest.empty() || rest[0] == '-' || rest[0] == '+') return std::nullopt;
  const std::string lower = to_lower(rest);
  double value = 0;
  if (lower == "inf" || lower == "infinity") {
    value = std::numeric_limits<double>::infinity();
  } else if (lower == "nan") {
    value = std::numeric_limits<double>::quiet_NaN();
  } else {
    if ((lower[0] < '0' || lower[0] > '9') && lower[0] != '.') return std::nullopt;
    const auto [end, error] = std::from_chars(lower.data(), lower.data() + lower.size(), value);
    if (end != lower.data() + lower.size()) return std::nullopt;
    // Infinity or the nearest to zero, however far out it is; std::stold throws where a long double ends, too.
    if (error == std::errc::result_out_of_range) value = std::strtod(lower.c_str(), nullptr);
  }
  return negative ? -value : value;
}

}  // namespace assay::text::jinja
