#include "text/byte_level.h"

#include "text/unicode.h"

namespace assay::text {
namespace {

struct Table {
  std::array<std::string, 256> symbols;
  std::array<int, 512> bytes{};
  Table() {
    bytes.fill(-1);
    char32_t next = 0x100;
    for (int byte = 0; byte < 256; ++byte) {
      const bool printable = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
      const char32_t symbol = printable ? static_cast<char32_t>(byte) : next++;
      append_utf8(symbols[static_cast<std::size_t>(byte)], symbol);
      bytes[symbol] = byte;
    }
  }
};

const Table& table() {
  static const Table instance;
  return instance;
}

}  // namespace

const std::array<std::string, 256>& byte_symbols() { return table().symbols; }

std::string to_byte_symbols(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char byte : bytes) out += table().symbols[static_cast<unsigned char>(byte)];
  return out;
}

std::optional<std::string> from_byte_symbols(std::string_view symbols) {
  std::string out;
  out.reserve(symbols.size());
  for (std::size_t i = 0; i < symbols.size();) {
    const char32_t symbol = next_code_point(symbols, i);
    if (symbol >= table().bytes.size() || table().bytes[symbol] < 0) return std::nullopt;
    out += static_cast<char>(table().bytes[symbol]);
  }
  return out;
}

}  // namespace assay::text
