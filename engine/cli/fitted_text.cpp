#include "cli/fitted_text.h"

#include <fmt/format.h>

#include <utility>

namespace assay::cli {

std::string fitted_text(std::int64_t shots_dropped, std::int64_t passages_dropped, std::int64_t input_tokens_cut) {
  std::string what;
  for (const auto& [count, words] : {std::pair{shots_dropped, "shots dropped"}, {passages_dropped, "passages dropped"}, {input_tokens_cut, "tokens cut from the input"}}) {
    if (count > 0) what += fmt::format("{}{} {}", what.empty() ? "" : ", ", count, words);
  }
  return what + " to fit the window";
}

}  // namespace assay::cli
