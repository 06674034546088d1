#include "cli/fitted_text.h"

#include <fmt/format.h>

namespace assay::cli {

std::string fitted_text(std::int64_t shots_dropped, std::int64_t passages_dropped, std::int64_t input_tokens_cut) {
  std::string what;
  const auto add = [&](std::int64_t count, const char* thing, const char* happened) {
    if (count > 0) what += fmt::format("{}{} {}{} {}", what.empty() ? "" : ", ", count, thing, count == 1 ? "" : "s", happened);
  };
  add(shots_dropped, "shot", "dropped");
  add(passages_dropped, "passage", "dropped");
  add(input_tokens_cut, "token", "cut from the input");
  return what + " to fit the window";
}

}  // namespace assay::cli
