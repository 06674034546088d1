#include "models/estimated_tokens.h"

namespace assay::models {

std::int64_t estimated_tokens(std::string_view text) {
  std::int64_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    words += !blank && !inside ? 1 : 0;
    inside = !blank;
  }
  return (words * 4 + 2) / 3;
}

}  // namespace assay::models
