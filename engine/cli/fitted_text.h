#pragma once
#include <cstdint>
#include <string>

namespace assay::cli {

/// "2 shots dropped, 14 tokens cut from the input to fit the window".
std::string fitted_text(std::int64_t shots_dropped, std::int64_t passages_dropped, std::int64_t input_tokens_cut);

}  // namespace assay::cli
