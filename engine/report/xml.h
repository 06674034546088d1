#pragma once
#include <string>
#include <string_view>

namespace assay::report {

/// Text as it stands in an XML 1.0 attribute or element: markup escaped; what XML forbids (control characters, halves
/// of surrogate pairs, bytes that are no UTF-8) becomes U+FFFD.
std::string xml_escaped(std::string_view text);

}  // namespace assay::report
