#include "report/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace assay::report {
namespace {

constexpr const char* kDash = "–";
constexpr const char* kMinus = "−";
constexpr const char* kNoInterval = "(no interval)";

/// Digits of "1234567.8" in groups of three, and never "-0".
std::string grouped(std::string digits) {
  const bool negative = digits.starts_with('-');
  if (negative) digits.erase(0, 1);
  const std::size_t point = std::min(digits.find('.'), digits.size());
  for (std::size_t i = point; i > 3; i -= 3) digits.insert(i - 3, ",");
  const bool zero = digits.find_first_of("123456789") == std::string::npos;
  return (negative && !zero ? kMinus : "") + digits;
}

/// With a sign, except where what is left after rounding is zero.
std::string with_sign(std::string text) {
  const bool zero = text.find_first_of("123456789") == std::string::npos;
  return text.starts_with(kMinus) || zero || text == kDash ? text : "+" + text;
}

std::string percent(double share) { return grouped(fmt::format("{:.1f}", share * 100)); }

std::string bracketed(const std::string& low, const std::string& high) { return fmt::format("[{}, {}]", low, high); }

}  // namespace

std::string significant(double value, int digits) {
  if (std::isnan(value)) return kDash;
  if (std::isinf(value)) return value > 0 ? "∞" : std::string(kMinus) + "∞";
  if (value == 0) return "0";
  const int exponent = static_cast<int>(std::floor(std::log10(std::abs(value))));
  if (exponent < -8) return fmt::format("{:.{}g}", value, digits);
  return grouped(fmt::format("{:.{}f}", value, std::max(0, digits - 1 - exponent)));
}

std::string whole(double value) { return std::isnan(value) ? kDash : grouped(fmt::format("{:.0f}", value)); }

std::string seconds_text(double seconds) {
  if (std::isnan(seconds)) return kDash;
  if (seconds == 0) return "0 s";
  if (seconds < 1) return significant(seconds * 1000) + " ms";
  if (seconds < 120) return significant(seconds) + " s";
  const auto all = static_cast<long long>(std::llround(seconds));
  if (all < 7200) return fmt::format("{} min {} s", all / 60, all % 60);
  return fmt::format("{} h {} min", all / 3600, all % 3600 / 60);
}

std::string dollars_text(double dollars) { return std::isnan(dollars) ? kDash : "$" + significant(dollars); }

std::string parameters_text(double count) {
  if (std::isnan(count) || count < 1e6) return whole(count);
  return count < 1e9 ? significant(count / 1e6) + " M" : significant(count / 1e9) + " B";
}

std::string number(const Output& output, double value) {
  if (std::isnan(value)) return kDash;
  return output.share ? percent(value) : significant(value);
}

std::string signed_number(const Output& output, double difference) { return with_sign(number(output, difference)); }

std::string unit(const Output& output) {
  if (output.share) return "%";
  if (output.unit == "USD/1k") return "$ per 1,000";
  return output.unit == "USD" ? "$" : output.unit;
}

std::string interval(const Output& output, double low, double high) {
  if (std::isnan(low) && std::isnan(high)) return kNoInterval;
  return bracketed(number(output, low), number(output, high));
}

std::string signed_interval(const Output& output, double low, double high) {
  if (std::isnan(low) && std::isnan(high)) return kNoInterval;
  return bracketed(signed_number(output, low), signed_number(output, high));
}

std::string value_text(const Output& output, const Value& value) {
  const std::string label = unit(output);
  return fmt::format("{}{}{} {}", number(output, value.value), label.empty() ? "" : " ", label,
                     interval(output, value.low, value.high));
}

std::string amount_text(const Output& output, const Difference& d) {
  const std::string label = output.share ? "points" : unit(output);
  return fmt::format("{}{}{} {}", number(output, d.value), label.empty() ? "" : " ", label,
                     interval(output, d.low, d.high));
}

std::string seeds_text(const Output& output, const Group& group, const Value& value) {
  if (group.seeds.size() > 1 && group.distinct == 1) return "any";
  if (value.by_seed.size() > 1 && !std::isnan(value.seed_sd))
    return fmt::format("{} (SD {})", value.by_seed.size(), number(output, value.seed_sd));
  return fmt::format("{}", group.seeds.size());
}

std::string shortened(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return fmt::format("{}\n… ({} more bytes)", text.substr(0, bytes), text.size() - bytes);
}

std::string named(const Group& group) {
  std::string label = group.label;
  std::replace(label.begin(), label.end(), '`', '\'');
  return "`" + label + "`";
}

std::string joined(const std::vector<std::string>& items, const char* last) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i)
    out += (i == 0 ? "" : i + 1 == items.size() ? fmt::format(" {} ", last) : ", ") + items[i];
  return out;
}

std::string size_text(const Output& output, double distance) {
  const std::string label = output.share ? "points" : unit(output);
  return number(output, distance) + (label.empty() ? "" : " " + label);
}

}  // namespace assay::report
