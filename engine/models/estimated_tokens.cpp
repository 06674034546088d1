#include "models/estimated_tokens.h"

#include "text/words.h"

namespace assay::models {

std::int64_t estimated_tokens(std::string_view text) {
  return (static_cast<std::int64_t>(text::count_words(text)) * 4 + 2) / 3;
}

}  // namespace assay::models
