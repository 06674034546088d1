#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace assay::text::jinja {

/// int(text, base): white space around, a sign, single underscores, and a prefix where the base allows one.
std::optional<std::int64_t> read_integer(std::string_view text, int base);

/// float(text).
std::optional<double> read_real(std::string_view text);

}  // namespace assay::text::jinja
