#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "text/jinja/machine.h"
#include "text/jinja/number_format.h"
#include "text/jinja/python_format.h"
#include "text/jinja/python_text.h"
#include "text/unicode.h"

namespace assay::text::jinja {
namespace {

constexpr std::size_t widest = 1U << 20;

class PercentFormatter {
 public:
  PercentFormatter(Machine& machine, const Value& format, const Value& values)
      : machine_(machine), format_(format.text()), markup_(format.is_markup()), values_(values) {
    if (values.is_tuple())
      sequence_ = values.as_list()->values;
    else
      sequence_ = {values};
  }

  Value run() {
    std::string out;
    while (at_ < format_.size()) {
      const char c = format_[at_++];
      if (c != '%') {
        out += c;
        continue;
      }
      out += conversion();
      machine_.check_size(out.size());
    }
    const bool all_used = used_mapping_ || next_ >= sequence_.size() || is_subscriptable();
    if (!all_used) throw Failure("not all arguments converted during string formatting");
    return {std::move(out), markup_};
  }

 private:
  /// Python looks for unused values in nothing that has elements, but in tuples.
  bool is_subscriptable() const {
    return !values_.is_tuple() &&
           (values_.is_dict() || values_.is_list() || values_.is_undefined() || values_.as<RangeObject>() != nullptr);
  }

  char peek() const {
    if (at_ >= format_.size()) throw Failure("incomplete format");
    return format_[at_];
  }

  Value next() {
    if (next_ >= sequence_.size()) throw Failure("not enough arguments for format string");
    return sequence_[next_++];
  }

  std::int64_t count() {
    if (peek() == '*') {
      ++at_;
      const Value value = next();
      if (!value.is_integer()) throw Failure("* wants int");
      return value.integer();
    }
    std::int64_t number = 0;
    while (peek() >= '0' && peek() <= '9') {
      number = number * 10 + (format_[at_++] - '0');
      if (number > static_cast<std::int64_t>(widest)) throw Failure("width too big");
    }
    return number;
  }

  std::string conversion() {
    std::optional<Value> mapped;
    if (peek() == '(') {
      std::size_t depth = 1;
      const std::size_t begin = ++at_;
      while (depth > 0) {
        const char c = peek();
        depth += c == '(';
        depth -= c == ')';
        ++at_;
      }
      if (!values_.is_dict()) throw Failure("format requires a mapping");
      const std::string key = format_.substr(begin, at_ - 1 - begin);
      const Value* found = values_.as_dict()->find(std::string_view(key));
      if (found == nullptr) throw Failure(text_repr(key));
      mapped = *found;
      used_mapping_ = true;
    }
    bool left = false, plus = false, space = false, alternate = false, zero = false;
    for (;; ++at_) {
      const char c = peek();
      if (c == '-')
        left = true;
      else if (c == '+')
        plus = true;
      else if (c == ' ')
        space = true;
      else if (c == '#')
        alternate = true;
      else if (c == '0')
        zero = true;
      else
        break;
    }
    std::int64_t width = count();
    if (width < 0) {
      left = true;
      width = -width;
    }
    if (static_cast<std::size_t>(width) > widest) throw Failure("width too big");
    std::int64_t precision = -1;
    if (peek() == '.') {
      ++at_;
      precision = std::max<std::int64_t>(count(), 0);
    }
    while (peek() == 'h' || peek() == 'l' || peek() == 'L') ++at_;
    const char type = peek();
    ++at_;
    if (type == '%') return "%";
    const Value value = mapped ? *mapped : next();

    std::string sign, prefix, body;
    bool number = true;
    if (type == 's' || type == 'r' || type == 'a') {
      number = false;
      body = type == 's' ? value.str() : value.repr();
      if (markup_ && !value.is_markup()) body = escape_html(body);
      if (precision >= 0) body = to_utf8(to_code_points(body).substr(0, static_cast<std::size_t>(precision)));
    } else if (type == 'c') {
      number = false;
      if (value.is_integer() || value.is_boolean())
        append_utf8(body, character(value.integer()));
      else if (value.is_text() && text_length(value.text()) == 1)
        body = value.text();
      else
        throw Failure("%c requires int or char");
    } else if (type == 'd' || type == 'i' || type == 'u' || type == 'x' || type == 'X' || type == 'o') {
      if (value.is_undefined()) fail_undefined(value);
      const bool decimal = type == 'd' || type == 'i' || type == 'u';
      if (!value.is_number() || (!decimal && value.is_real()))
        throw Failure(fmt::format("%{} format: {} is required, not {}", type, decimal ? "a real number" : "an integer",
                                  value.type_name()));
      if (value.is_real() && !(std::abs(value.real()) < 9.2e18))
        throw Failure("an integer beyond 64 bits would come out");
      const auto whole = value.is_real() ? static_cast<std::int64_t>(value.real()) : value.integer();
      if (whole < 0) sign = "-";
      const auto magnitude =
          whole < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(whole) : static_cast<std::uint64_t>(whole);
      body = digits_of(magnitude, decimal ? 10 : type == 'o' ? 8 : 16);
      if (precision > static_cast<std::int64_t>(body.size()))
        body.insert(0, static_cast<std::size_t>(precision) - body.size(), '0');
      if (alternate && !decimal) prefix = type == 'o' ? "0o" : type == 'x' ? "0x" : "0X";
      if (type == 'X') body = to_upper(body);
    } else if (type == 'e' || type == 'E' || type == 'f' || type == 'F' || type == 'g' || type == 'G') {
      if (value.is_undefined()) fail_undefined(value);
      if (!value.is_number()) throw Failure(fmt::format("must be real number, not {}", value.type_name()));
      const double real = value.real();
      if (std::signbit(real) && !std::isnan(real)) sign = "-";
      body = float_digits(real, type, precision < 0 ? 6 : static_cast<int>(precision), alternate);
    } else {
      throw Failure(fmt::format("unsupported format character '{}'", type));
    }
    if (number && sign.empty()) sign = plus ? "+" : space ? " " : "";
    const std::string head = sign + prefix;
    const bool fill_zeros = zero && number && !left;
    return aligned(head + body, static_cast<std::size_t>(width),
                   left         ? '<'
                   : fill_zeros ? '='
                                : '>',
                   fill_zeros ? "0" : " ", head.size());
  }

  Machine& machine_;
  const std::string& format_;
  bool markup_;
  const Value& values_;
  std::vector<Value> sequence_;
  std::size_t next_ = 0;
  std::size_t at_ = 0;
  bool used_mapping_ = false;
};

}  // namespace

Value percent_format(Machine& machine, const Value& format, const Value& values) {
  return PercentFormatter(machine, format, values).run();
}

}  // namespace assay::text::jinja
