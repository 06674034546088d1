#pragma once
#include <string>
#include <string_view>

namespace assay::report {

/// Text as a page can carry and unpack it: base64 (RFC 4648) of a gzip stream (RFC 1952) without a time stamp.
std::string compressed(std::string_view text);

/// JSON text as it may stand in a <script> element: `<` is escaped, so that no value ends the element or opens another.
std::string script_safe(std::string json);

}  // namespace assay::report
