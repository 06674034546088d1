#pragma once
#include <cstdint>
#include <string_view>

namespace assay::models {

/// Tokens of a text where no tokenizer is at hand: four for three words, a usual figure for English.
std::int64_t estimated_tokens(std::string_view text);

}  // namespace assay::models
