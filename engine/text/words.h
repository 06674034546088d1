#pragma once
#include <cctype>
#include <cstddef>
#include <string_view>

namespace assay::text {

/// What spaces part.
inline std::size_t count_words(std::string_view text) {
  std::size_t count = 0;
  bool inside = false;
  for (const char c : text) {
    const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!space && !inside) ++count;
    inside = !space;
  }
  return count;
}

}  // namespace assay::text
