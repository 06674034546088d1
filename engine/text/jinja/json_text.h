#pragma once
#include <optional>
#include <string>

#include "text/jinja/value.h"

namespace assay::text::jinja {

struct JsonStyle {
  bool ensure_ascii = false;
  std::optional<std::string> indent;  ///< one level of it
  std::string item_separator = ", ";
  std::string key_separator = ": ";
  bool sort_keys = false;
};

/// `value` as Python's json.dumps writes it. @throws Failure when it has no JSON form.
std::string to_json(Machine& machine, const Value& value, const JsonStyle& style);

}  // namespace assay::text::jinja
