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

}  // namespace assay::text::jinja
