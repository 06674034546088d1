#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "text/jinja/machine.h"
#include "text/jinja/number_format.h"
#include "text/jinja/python_format.h"
#include "text/jinja/python_text.h"
#include "text/unicode.h"

namespace assay::text::jinja {
namespace {

constexpr std::size_t widest = 1U << 20;

/// [[fill]align][sign][#][0][width][grouping][.precision][type]
struct Specification {
  std::string fill = " ";
  char align = '\0';
  char sign = '-';
  bool signed_explicitly = false;
  bool alternate = false;
  std::size_t width = 0;
  char grouping = '\0';
  int precision = -1;
  char type = '\0';

  explicit Specification(std::string_view text) {
    std::size_t at = 0;
    const auto here = [&] { return at < text.size() ? text[at] : '\0'; };
    const auto is_align = [](char c) { return c == '<' || c == '>' || c == '=' || c == '^'; };
    const auto number = [&] {
      std::size_t value = 0;
      while (here() >= '0' && here() <= '9') {
        value = value * 10 + static_cast<std::size_t>(text[at++] - '0');
        if (value > widest) throw Failure("Too many decimal digits in format string");
      }
      return value;
    };
    if (!text.empty()) {
      std::size_t past = 0;
      next_code_point(text, past);
      if (past < text.size() && is_align(text[past])) {
        fill = text.substr(0, past);
        align = text[past];
        at = past + 1;
      } else if (is_align(here())) {
        align = text[at++];
      }
    }
    signed_explicitly = here() == '+' || here() == '-' || here() == ' ';
    if (signed_explicitly) sign = text[at++];
    if (here() == 'z') ++at;
    if (here() == '#') {
      alternate = true;
      ++at;
    }
    if (here() == '0') {
      if (align == '\0') {
        fill = "0";
        align = '=';
      }
      ++at;
    }
    width = number();
    if (here() == ',' || here() == '_') grouping = text[at++];
    if (here() == '.') {
      ++at;
      if (here() < '0' || here() > '9') throw Failure("Format specifier missing precision");
      precision = static_cast<int>(number());
    }
    if (at < text.size()) type = text[at++];
    if (at < text.size()) throw Failure("Invalid format specifier");
  }
};

[[noreturn]] void fail_code(const Specification& specification, const Value& value) {
  throw Failure(fmt::format("Unknown format code '{}' for object of type '{}'", specification.type, value.type_name()));
}

std::string sign_of(const Specification& specification, bool negative) {
  if (negative) return "-";
  return specification.sign == '-' ? "" : std::string(1, specification.sign);
}

std::string finished(const Specification& s, const std::string& head, std::string body) {
  if (s.grouping != '\0') {
    const bool powers = s.type == 'x' || s.type == 'X' || s.type == 'b' || s.type == 'o';
    const std::size_t size = powers ? 4 : 3;
    // Zeros that fill up to the width are grouped too.
    if (s.align == '=' && s.fill == "0")
      while (grouped(body, s.grouping, size).size() + head.size() < s.width) body.insert(0, 1, '0');
    body = grouped(body, s.grouping, size);
  }
  return aligned(head + body, s.width, s.align == '\0' ? '>' : s.align, s.fill, head.size());
}

std::string format_integer(const Specification& s, const Value& value) {
  const std::int64_t whole = value.integer();
  const auto magnitude =
      whole < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(whole) : static_cast<std::uint64_t>(whole);
  if (s.precision >= 0) throw Failure("Precision not allowed in integer format specifier");
  std::string head = sign_of(s, whole < 0), body;
  switch (s.type) {
    case '\0':
    case 'd':
    case 'n':
      body = digits_of(magnitude, 10);
      break;
    case 'b':
      body = digits_of(magnitude, 2);
      break;
    case 'o':
      body = digits_of(magnitude, 8);
      break;
    case 'x':
      body = digits_of(magnitude, 16);
      break;
    case 'X':
      body = to_upper(digits_of(magnitude, 16));
      break;
    case 'c':
      if (s.signed_explicitly || s.alternate || s.grouping != '\0')
        throw Failure("Sign, '#' and grouping are not allowed with integer format specifier 'c'");
      append_utf8(body, character(whole));
      break;
    default:
      fail_code(s, value);
  }
  if (s.alternate && (s.type == 'b' || s.type == 'o' || s.type == 'x' || s.type == 'X'))
    head += std::string("0") + s.type;
  return finished(s, head, body);
}

std::string format_real(const Specification& s, const Value& value) {
  double real = value.real();
  const std::string head = sign_of(s, std::signbit(real) && !std::isnan(real));
  std::string body;
  switch (s.type) {
    case '\0':
      if (s.precision < 0) {
        body = float_repr(std::abs(real));
      } else {
        body = float_digits(real, 'g', std::max(s.precision, 1), s.alternate);
        // Without a type a float keeps a digit after the point, and turns to an exponent one digit earlier than %g.
        if (body.find_first_of(".en") == std::string::npos) {
          if (static_cast<int>(body.size()) >= std::max(s.precision, 1) && body != "0")
            body = float_digits(real, 'e', std::max(s.precision, 1) - 1, false);
          else
            body += ".0";
        }
      }
      break;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      body = float_digits(real, s.type, s.precision < 0 ? 6 : s.precision, s.alternate);
      break;
    case 'n':
      body = float_digits(real, 'g', s.precision < 0 ? 6 : s.precision, s.alternate);
      break;
    case '%':
      body = float_digits(real * 100, 'f', s.precision < 0 ? 6 : s.precision, s.alternate) + "%";
      break;
    default:
      fail_code(s, value);
  }
  return finished(s, head, body);
}

class BraceFormatter {
 public:
  BraceFormatter(Machine& machine, Arguments& arguments, bool markup)
      : machine_(machine), arguments_(arguments), markup_(markup) {}

  std::string run(std::string_view format, int depth) {
    if (depth > 2) throw Failure("Max string recursion exceeded");
    std::string out;
    for (std::size_t at = 0; at < format.size();) {
      const char c = format[at++];
      const bool doubled = at < format.size() && format[at] == c;
      if (c != '{' && c != '}') {
        out += c;
      } else if (doubled) {
        out += c;
        ++at;
      } else if (c == '}') {
        throw Failure("Single '}' encountered in format string");
      } else {
        if (at == format.size()) throw Failure("Single '{' encountered in format string");
        const std::size_t begin = at, name_end = end_of_name(format, begin);
        at = end_of_field(format, name_end);
        out += field(format.substr(begin, name_end - begin), format.substr(name_end, at - 1 - name_end), depth);
      }
      machine_.check_size(out.size());
    }
    return out;
  }

 private:
  /// Where a field's name ends that begins at `at`; an index may hold anything but its closing bracket.
  static std::size_t end_of_name(std::string_view format, std::size_t at) {
    for (; at < format.size(); ++at) {
      const char c = format[at];
      if (c == '}' || c == ':' || c == '!') return at;
      if (c == '{') throw Failure("unexpected '{' in field name");
      if (c == '[') at = std::min(format.find(']', at), format.size());
    }
    throw Failure("expected '}' before end of string");
  }

  /// Past the brace that closes a field whose name ends at `at`.
  static std::size_t end_of_field(std::string_view format, std::size_t at) {
    if (format[at] == '!') at += 2;  // the conversion may be any character
    std::size_t level = 1;
    for (; at < format.size(); ++at) {
      level += format[at] == '{';
      level -= format[at] == '}';
      if (level == 0) return at + 1;
    }
    throw Failure("expected '}' before end of string");
  }

  /// `text`: the conversion and the specification, where there are.
  std::string field(std::string_view name, std::string_view text, int depth) {
    Value value = lookup(name);
    if (text.starts_with('!')) {
      if (text.size() < 2) throw Failure("end of string while looking for conversion specifier");
      const char conversion = text[1];
      if (conversion == 'r' || conversion == 'a')
        value = value.repr();
      else if (conversion == 's')
        value = value.str();
      else
        throw Failure(fmt::format("Unknown conversion specifier {}", conversion));
      text.remove_prefix(2);
      if (!text.empty() && text[0] != ':') throw Failure("expected ':' after conversion specifier");
    }
    const std::string specification = text.empty() ? std::string() : run(text.substr(1), depth + 1);
    std::string out = format_value(machine_, value, specification);
    return markup_ && !value.is_markup() ? escape_html(out) : out;
  }

  Value lookup(std::string_view name) {
    const std::size_t end = std::min(name.find_first_of(".["), name.size());
    const std::string_view first = name.substr(0, end);
    Value value;
    if (first.empty() || first.find_first_not_of("0123456789") == std::string_view::npos) {
      std::size_t index = next_;
      if (first.empty()) {
        if (numbered_) throw Failure("cannot switch from manual field specification to automatic field numbering");
        automatic_ = true;
        ++next_;
      } else {
        if (automatic_) throw Failure("cannot switch from automatic field numbering to manual field specification");
        numbered_ = true;
        std::from_chars(first.data(), first.data() + first.size(), index);
      }
      if (index >= arguments_.positional.size())
        throw Failure(fmt::format("Replacement index {} out of range for positional args tuple", index));
      value = arguments_.positional[index];
    } else {
      const auto found = std::ranges::find(arguments_.named, first, &std::pair<std::string, Value>::first);
      if (found == arguments_.named.end()) throw Failure(text_repr(first));
      value = found->second;
    }
    for (std::string_view rest = name.substr(end); !rest.empty();) {
      if (rest[0] == '.') {
        const std::size_t past = std::min(rest.find_first_of(".[", 1), rest.size());
        value = machine_.attribute(value, std::string(rest.substr(1, past - 1)));
        rest.remove_prefix(past);
      } else {
        const std::size_t close = rest.find(']');
        if (rest[0] != '[' || close == std::string_view::npos) throw Failure("Missing ']' in format string");
        const std::string key(rest.substr(1, close - 1));
        std::int64_t index = 0;
        const bool number =
            !key.empty() && std::from_chars(key.data(), key.data() + key.size(), index).ptr == key.data() + key.size();
        value = machine_.item(value, number ? Value(index) : Value(key));
        rest.remove_prefix(close + 1);
      }
    }
    return value;
  }

  Machine& machine_;
  Arguments& arguments_;
  bool markup_;
  std::size_t next_ = 0;
  bool automatic_ = false;
  bool numbered_ = false;
};

}  // namespace

std::string format_value(Machine& machine, const Value& value, std::string_view specification) {
  if (specification.empty()) return value.str();
  const Specification s(specification);
  machine.check_size(s.width);
  if (value.is_undefined()) fail_undefined(value);
  if (value.is_integer() || value.is_boolean()) {
    if (s.type != '\0' && std::string_view("eEfFgG%").find(s.type) != std::string_view::npos)
      return format_real(s, value);
    return format_integer(s, value);
  }
  if (value.is_real()) return format_real(s, value);
  if (!value.is_text())
    throw Failure(fmt::format("unsupported format string passed to {}.__format__", value.type_name()));
  if (s.type != '\0' && s.type != 's') fail_code(s, value);
  if (s.grouping != '\0') throw Failure(fmt::format("Cannot specify '{}' with 's'.", s.grouping));
  if (s.alternate) throw Failure("Alternate form (#) not allowed in string format specifier");
  if (s.align == '=') throw Failure("'=' alignment not allowed in string format specifier");
  if (s.signed_explicitly) throw Failure("Sign not allowed in string format specifier");
  std::string text = value.text();
  if (s.precision >= 0) text = to_utf8(to_code_points(text).substr(0, static_cast<std::size_t>(s.precision)));
  return aligned(std::move(text), s.width, s.align == '\0' ? '<' : s.align, s.fill, 0);
}

Value brace_format(Machine& machine, const Value& format, Arguments& arguments) {
  return {BraceFormatter(machine, arguments, format.is_markup()).run(format.text(), 1), format.is_markup()};
}

}  // namespace assay::text::jinja
