#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>

/// GPT-2's printable spelling of bytes: each byte has one character, printable ones their own, the others U+0100 on.
namespace assay::text {

/// The UTF-8 spelling of every byte.
const std::array<std::string, 256>& byte_symbols();

/// Each byte of `bytes` as its symbol.
std::string to_byte_symbols(std::string_view bytes);

/// The bytes behind symbols; nullopt when a character is no symbol. REQUIRES valid UTF-8.
std::optional<std::string> from_byte_symbols(std::string_view symbols);

}  // namespace assay::text
