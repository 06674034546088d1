#include "text/jinja/number_format.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "text/jinja/python_text.h"

namespace assay::text::jinja {

std::string digits_of(std::uint64_t magnitude, unsigned base) {
  std::string out;
  do {
    out += "0123456789abcdef"[magnitude % base];
    magnitude /= base;
  } while (magnitude != 0);
  std::ranges::reverse(out);
  return out;
}

std::string float_digits(double value, char type, int precision, bool alternate) {
  const bool upper = type == 'E' || type == 'F' || type == 'G';
  if (std::isnan(value)) return upper ? "NAN" : "nan";
  if (std::isinf(value)) return upper ? "INF" : "inf";
  char pattern[8];
  std::snprintf(pattern, sizeof pattern, "%%%s.*%c", alternate ? "#" : "", type);
  std::string out(64, '\0');
  while (true) {
    const int length = std::snprintf(out.data(), out.size(), pattern, precision, std::abs(value));
    const bool fits = static_cast<std::size_t>(length) < out.size();
    out.resize(static_cast<std::size_t>(length) + (fits ? 0 : 1));
    if (fits) return out;
  }
}

std::string grouped(std::string_view number, char separator, std::size_t size) {
  const std::size_t whole = std::min(number.find_first_of(".eE%"), number.size());
  std::string out;
  for (std::size_t i = 0; i < whole; ++i) {
    if (i > 0 && (whole - i) % size == 0) out += separator;
    out += number[i];
  }
  return out.append(number.substr(whole));
}

std::string aligned(std::string text, std::size_t width, char align, std::string_view fill, std::size_t sign_length) {
  const std::size_t length = text_length(text);
  if (length >= width) return text;
  const std::size_t missing = width - length;
  const auto filling = [&](std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += fill;
    return out;
  };
  if (align == '<') return text + filling(missing);
  if (align == '^') return filling(missing / 2) + text + filling(missing - missing / 2);
  if (align == '=') return text.substr(0, sign_length) + filling(missing) + text.substr(sign_length);
  return filling(missing) + text;
}

}  // namespace assay::text::jinja
