#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <unordered_map>

#include "text/jinja/bound.h"
#include "text/jinja/filters.h"
#include "text/jinja/json_text.h"
#include "text/jinja/machine.h"
#include "text/jinja/number_format.h"
#include "text/jinja/number_text.h"
#include "text/jinja/operators.h"
#include "text/jinja/python_text.h"

namespace assay::text::jinja {
namespace {

std::int64_t truncated(double value) {
  if (std::isnan(value)) throw Failure("cannot convert float NaN to integer");
  if (std::isinf(value)) throw Failure("cannot convert float infinity to integer");
  if (std::abs(value) >= 9.2e18) throw Failure("an integer beyond 64 bits would come out");
  return static_cast<std::int64_t>(value);
}

Value abs(Machine&, const Value& input, Arguments& arguments) {
  const Bound bound("abs", arguments, {});
  if (input.is_undefined()) fail_undefined(input);
  if (!input.is_number()) throw Failure(fmt::format("bad operand type for abs(): '{}'", input.type_name()));
  if (input.is_real()) return std::abs(input.real());
  return input.integer() < 0 ? unary("-", input) : Value(input.integer());
}

Value attr(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("attr", arguments, {"name"}, 1);
  if (input.is_undefined()) fail_undefined(input);
  const std::string name = bound.text(0, "");
  // An element is not an attribute: a dict is asked for its methods alone.
  if (input.is_dict()) return method(input, name).value_or(machine.undefined_in(input, *bound[0]));
  return machine.attribute(input, name);
}

Value fallback(Machine&, const Value& input, Arguments& arguments) {
  const Bound bound("default", arguments, {"default_value", "boolean"});
  const bool falsy = bound.truth(1, false);
  if (input.is_undefined() || (falsy && !input.truthy())) return bound.value(0, "");
  return input;
}

Value integer(Machine&, const Value& input, Arguments& arguments) {
  const Bound bound("int", arguments, {"default", "base"});
  if (input.is_undefined()) fail_undefined(input);
  if (input.is_real()) return std::isnan(input.real()) ? bound.value(0, 0) : Value(truncated(input.real()));
  if (input.is_number()) return input.integer();
  if (!input.is_text()) return bound.value(0, 0);
  if (const auto whole = read_integer(input.text(), static_cast<int>(bound.integer(1, 10)))) return *whole;
  const auto real = read_real(input.text());
  if (!real || std::isnan(*real)) return bound.value(0, 0);
  return truncated(*real);
}

Value real(Machine&, const Value& input, Arguments& arguments) {
  const Bound bound("float", arguments, {"default"});
  if (input.is_undefined()) fail_undefined(input);
  if (input.is_number()) return input.real();
  if (input.is_text())
    if (const auto value = read_real(input.text())) return *value;
  return bound.value(0, 0.0);
}

/// Python's round(): to the nearest decimal of the exact value, ties to even.
double rounded(double value, std::int64_t digits) {
  if (!std::isfinite(value) || digits > 320) return value;
  if (digits >= 0) return std::strtod(fmt::format("{:.{}f}", value, digits).c_str(), nullptr);
  if (digits < -310) return std::copysign(0.0, value);
  // By the exact digits: a quotient would round once more.
  const double whole = std::trunc(value);
  const auto zeros = static_cast<std::size_t>(-digits);
  std::string text = fmt::format("{:0>{}.0f}", std::abs(whole), zeros + 1);
  const std::string rest = text.substr(text.size() - zeros), half = "5" + std::string(zeros - 1, '0');
  text.resize(text.size() - zeros);
  const bool is_half = rest == half && whole == value;
  if (is_half ? (text.back() - '0') % 2 != 0 : rest >= half) {
    auto digit = text.rbegin();
    for (; digit != text.rend() && *digit == '9'; ++digit) *digit = '0';
    if (digit == text.rend())
      text.insert(0, 1, '1');
    else
      ++*digit;
  }
  return std::copysign(std::strtod((text + std::string(zeros, '0')).c_str(), nullptr), value);
}

Value round(Machine&, const Value& input, Arguments& arguments) {
  const Bound bound("round", arguments, {"precision", "method"});
  if (input.is_undefined()) fail_undefined(input);
  const std::int64_t precision = bound.integer(0, 0);
  const std::string method = bound.text(1, "common");
  if (method != "common" && method != "ceil" && method != "floor")
    throw Failure("method must be common, ceil or floor");
  if (!input.is_number()) throw Failure(fmt::format("type {} doesn't define __round__ method", input.type_name()));
  if (method == "common") {
    if (input.is_real()) return rounded(input.real(), precision);
    if (precision >= 0) return input.integer();
    if (precision < -18) return 0;
    std::int64_t scale = 1;
    for (std::int64_t i = precision; i < 0; ++i) scale *= 10;
    const std::int64_t value = input.integer(), rest = ((value % scale) + scale) % scale, down = value - rest;
    const bool up = rest * 2 > scale || (rest * 2 == scale && (down / scale) % 2 != 0);
    return up ? down + scale : down;
  }
  const double scale = std::pow(10.0, static_cast<double>(precision));
  const double scaled = input.real() * scale;
  truncated(scaled);
  // Python rounds to an integer, which has no negative zero.
  return ((method == "ceil" ? std::ceil(scaled) : std::floor(scaled)) + 0.0) / scale;
}

Value filesizeformat(Machine&, const Value& input, Arguments& arguments) {
  const Bound bound("filesizeformat", arguments, {"binary"});
  if (input.is_undefined()) fail_undefined(input);
  std::optional<double> bytes;
  if (input.is_number()) bytes = input.real();
  if (input.is_text()) bytes = read_real(input.text());
  if (!bytes) throw Failure(fmt::format("could not convert {} to float", input.repr()));
  const bool binary = bound.truth(0, false);
  const double base = binary ? 1024 : 1000;
  if (*bytes == 1) return "1 Byte";
  if (*bytes < base) return fmt::format("{} Bytes", truncated(*bytes));
  double unit = base;
  std::string prefix;
  for (const char letter : std::string_view("kMGTPEZY")) {
    unit *= base;
    prefix = binary ? std::string(1, letter == 'k' ? 'K' : letter) + "i" : std::string(1, letter);
    if (*bytes < unit) break;
  }
  return fmt::format("{:.1f} {}B", base * *bytes / unit, prefix);
}

Value pprint(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("pprint", arguments, {});
  std::string out = pretty(input);
  machine.check_size(out.size());
  return out;
}

Value tojson(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("tojson", arguments, {"ensure_ascii", "indent", "separators", "sort_keys"});
  JsonStyle style;
  style.ensure_ascii = bound.truth(0, false);
  style.sort_keys = bound.truth(3, false);
  if (!bound.is_none(1)) {
    style.indent = bound[1]->is_text() ? bound[1]->text() : std::string();
    if (!bound[1]->is_text()) {
      const auto width = static_cast<std::size_t>(std::max<std::int64_t>(bound.integer(1, 0), 0));
      machine.check_size(width);
      style.indent->assign(width, ' ');
    }
    style.item_separator = ",";
  }
  if (!bound.is_none(2)) {
    const std::vector<Value> separators = bound[2]->items();
    if (separators.size() != 2) throw Failure("tojson: separators are a pair of texts");
    style.item_separator = separators[0].str();
    style.key_separator = separators[1].str();
  }
  return to_json(machine, input, style);
}

}  // namespace

Filter find_value_filter(std::string_view name) {
  static const std::unordered_map<std::string_view, Filter> filters = {
      {"abs", abs},    {"attr", attr},   {"d", fallback},    {"default", fallback}, {"filesizeformat", filesizeformat},
      {"float", real}, {"int", integer}, {"pprint", pprint}, {"round", round},      {"tojson", tojson},
  };
  const auto found = filters.find(name);
  return found == filters.end() ? nullptr : found->second;
}

}  // namespace assay::text::jinja
