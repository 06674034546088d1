#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay::report {

/// A character of UTF-8 text: its code point and its bytes; what is no UTF-8 is U+FFFD.
struct Character {
  std::uint32_t code = 0;
  std::string_view bytes;
};

/// `text` must outlive what is returned, of which bytes that are no UTF-8 are replaced one by one.
std::vector<Character> characters(std::string_view text);

/// C0 and C1 controls, DEL among them.
[[nodiscard]] inline bool is_control(std::uint32_t code) { return code < 0x20 || (code >= 0x7F && code < 0xA0); }

/// What turns the direction of the text around it (Unicode's Bidi_Control), so that one cell's text could reorder a
/// whole line.
[[nodiscard]] inline bool turns_direction(std::uint32_t code) {
  return code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

/// Columns that it takes in a terminal: 2 for East Asian wide characters and emoji, 0 for what combines or has no
/// width.
[[nodiscard]] std::size_t columns_of(std::uint32_t code);

/// Columns of a text.
[[nodiscard]] std::size_t width_of(std::string_view text);

/// At most `columns` wide; what is cut ends with "…".
[[nodiscard]] std::string fitted(std::string_view text, std::size_t columns);

}  // namespace assay::report
