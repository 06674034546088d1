#pragma once
#include <string>
#include <string_view>

#include "text/jinja/value.h"

/// Python's two ways to fill in a text.
namespace assay::text::jinja {

/// `format % values`. @throws Failure as Python does.
Value percent_format(Machine& machine, const Value& format, const Value& values);

/// `format.format(*arguments.positional, **arguments.named)`.
Value brace_format(Machine& machine, const Value& format, Arguments& arguments);

/// format(value, specification).
std::string format_value(Machine& machine, const Value& value, std::string_view specification);

/// chr(code). @throws Failure where there is no such character, or only half of one.
inline char32_t character(std::int64_t code) {
  if (code < 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) throw Failure("%c arg not in range(0x110000)");
  return static_cast<char32_t>(code);
}

}  // namespace assay::text::jinja
