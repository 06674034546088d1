#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace assay::text::jinja {

/// Digits of `magnitude` in `base`, lower case.
std::string digits_of(std::uint64_t magnitude, unsigned base);

/// |value| as %e, %f or %g (or their capitals) with Python's spelling; `alternate` keeps the point.
std::string float_digits(double value, char type, int precision, bool alternate);

/// Puts `separator` between groups of `size` digits of the whole part.
std::string grouped(std::string_view number, char separator, std::size_t size);

/// `text` filled up to `width` characters. `align` is <, >, ^ or = (fill goes after the sign, whose length is given).
std::string aligned(std::string text, std::size_t width, char align, std::string_view fill, std::size_t sign_length);

}  // namespace assay::text::jinja
