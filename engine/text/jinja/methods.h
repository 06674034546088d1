#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/value.h"

namespace assay::text::jinja {

/// A method of a built-in type: what is called with its object.
using Method = Value (*)(Machine& machine, const Value& object, Arguments& arguments);

/// Null when str has no such method.
Method find_text_method(std::string_view name);

// Text as Python cuts and maps it; filters use them too.
std::vector<std::string> split_lines(std::string_view text, bool keep_ends);
std::string title_case(std::string_view text);
std::string capitalized(std::string_view text);
std::string replaced(Machine& machine, std::string_view text, std::string_view old, std::string_view fresh,
                     std::int64_t count);
std::string centered(Machine& machine, const std::string& text, std::int64_t width, std::string_view fill);
bool is_lower_text(std::string_view text);
bool is_upper_text(std::string_view text);

}  // namespace assay::text::jinja
