#pragma once
#include <cstddef>
#include <string>
#include <string_view>

/// UTF-8 and the few properties of characters that tokenizers and templates ask for. Pure functions, thread-safe.
namespace assay::text {

bool is_valid_utf8(std::string_view text);

/// `text` with each maximal invalid part replaced by U+FFFD, as the Unicode standard recommends (chapter 3, table 3-8).
std::string to_valid_utf8(std::string_view text);

/// The code point that starts at `position`, which moves past it. REQUIRES valid UTF-8 and position < text.size().
inline char32_t next_code_point(std::string_view text, std::size_t& position) {
  const auto byte = [&](std::size_t offset) { return static_cast<unsigned char>(text[position + offset]); };
  const unsigned char lead = byte(0);
  char32_t code_point = lead;
  std::size_t length = 1;
  if (lead >= 0xF0) {
    code_point = (lead & 0x07U) << 18 | (byte(1) & 0x3FU) << 12 | (byte(2) & 0x3FU) << 6 | (byte(3) & 0x3FU);
    length = 4;
  } else if (lead >= 0xE0) {
    code_point = (lead & 0x0FU) << 12 | (byte(1) & 0x3FU) << 6 | (byte(2) & 0x3FU);
    length = 3;
  } else if (lead >= 0xC0) {
    code_point = (lead & 0x1FU) << 6 | (byte(1) & 0x3FU);
    length = 2;
  }
  position += length;
  return code_point;
}

/// Appends the UTF-8 form of a scalar value; a surrogate or a value past U+10FFFF becomes U+FFFD.
void append_utf8(std::string& text, char32_t code_point);

/// REQUIRES valid UTF-8.
std::u32string to_code_points(std::string_view text);
std::string to_utf8(std::u32string_view code_points);

enum class NormalizationForm { nfc, nfd, nfkc, nfkd };
std::string normalize(std::string_view text, NormalizationForm form);

/// Full case mappings without a language's own rules.
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);

bool is_whitespace(char32_t code_point);
bool is_numeric(char32_t code_point);         ///< Nd, Nl or No
bool is_word_character(char32_t code_point);  ///< what \w matches: letters, marks, digits, connectors

}  // namespace assay::text
