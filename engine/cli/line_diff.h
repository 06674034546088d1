#pragma once
#include <string>

namespace assay::cli {

/// What changes from `before` to `after`, a line each: " " the same, "-" gone, "+" new, by a longest common subsequence of
/// lines. Empty where they are equal.
std::string line_diff(const std::string& before, const std::string& after);

}  // namespace assay::cli
