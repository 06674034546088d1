#pragma once
#include <string_view>

#include "text/jinja/builtins.h"

/// The built-in filters, by what they work on. Each lookup gives null for a name that is not there.
namespace assay::text::jinja {

Filter find_text_filter(std::string_view name);
Filter find_html_filter(std::string_view name);
Filter find_sequence_filter(std::string_view name);
Filter find_selection_filter(std::string_view name);
Filter find_value_filter(std::string_view name);

/// Reads `a.b.0` out of `item`: names and indices joined by dots, or one whole index.
Value dotted_attribute(Machine& machine, Value item, const Value& path);

/// What comparisons that ignore case compare.
Value folded(const Value& value, bool case_sensitive);

/// textwrap.wrap() of one line without new lines in it.
std::vector<std::string> wrapped(std::string_view line, std::size_t width, bool break_long_words,
                                 bool break_on_hyphens);

/// pprint.pformat().
std::string pretty(const Value& value);

}  // namespace assay::text::jinja
