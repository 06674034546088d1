#include "report/characters.h"

namespace assay::report {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::uint32_t kReplacementCode = 0xFFFD;

struct Shape {
  std::size_t length = 0;      ///< 0: no first byte of a character
  std::uint32_t smallest = 0;  ///< code point that needs so many bytes
  std::uint32_t bits = 0;      ///< of the first byte
};

Shape shape_of(unsigned char first) {
  if (first < 0x80) return {1, 0, first};
  if (first >= 0xC2 && first < 0xE0) return {2, 0x80, first & 0x1FU};
  if (first >= 0xE0 && first < 0xF0) return {3, 0x800, first & 0x0FU};
  if (first >= 0xF0 && first < 0xF5) return {4, 0x10000, first & 0x07U};
  return {};
}

Character read(std::string_view text) {
  const Shape shape = shape_of(static_cast<unsigned char>(text.front()));
  const Character broken{kReplacementCode, kReplacement};
  if (shape.length == 0 || shape.length > text.size()) return broken;
  std::uint32_t code = shape.bits;
  for (std::size_t i = 1; i < shape.length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0U) != 0x80U) return broken;
    code = code << 6U | (byte & 0x3FU);
  }
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  if (code < shape.smallest || code > 0x10FFFF || surrogate) return broken;
  return {code, text.substr(0, shape.length)};
}

}  // namespace

std::vector<Character> characters(std::string_view text) {
  std::vector<Character> found;
  found.reserve(text.size());
  while (!text.empty()) {
    found.push_back(read(text));
    const bool broken = found.back().bytes.data() == kReplacement.data();
    text.remove_prefix(broken ? 1 : found.back().bytes.size());
  }
  return found;
}

std::size_t columns_of(std::uint32_t code) {
  const auto within = [code](std::uint32_t low, std::uint32_t high) { return code >= low && code <= high; };
  if (is_control(code) || turns_direction(code) || within(0x0300, 0x036F) || within(0x200B, 0x200D) ||
      within(0xFE00, 0xFE0F))
    return 0;
  const bool wide = within(0x1100, 0x115F) || within(0x2E80, 0xA4CF) || within(0xAC00, 0xD7A3) ||
                    within(0xF900, 0xFAFF) || within(0xFE30, 0xFE6F) || within(0xFF00, 0xFF60) ||
                    within(0xFFE0, 0xFFE6) || within(0x1F300, 0x1FAFF) || within(0x20000, 0x3FFFD);
  return wide ? 2 : 1;
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (const Character& c : characters(text)) width += columns_of(c.code);
  return width;
}

std::string fitted(std::string_view text, std::size_t columns) {
  if (width_of(text) <= columns) return std::string(text);
  if (columns == 0) return "";
  std::string out;
  std::size_t width = 1;
  for (const Character& c : characters(text)) {
    if ((width += columns_of(c.code)) > columns) break;
    out += c.bytes;
  }
  return out + "…";
}

}  // namespace assay::report
