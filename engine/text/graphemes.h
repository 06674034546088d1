#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

namespace assay::text {

/// Where characters as people see them end, in bytes, the text's end last: extended grapheme clusters (UAX #29), so that a
/// letter with its accents, a flag, or a family of joined emoji is one. Invalid UTF-8 counts as U+FFFD does.
std::vector<std::size_t> grapheme_ends(std::string_view text);

}  // namespace assay::text
