#pragma once
#include <string>

namespace metric_text {

/// What is evened out before answers are compared: "none"; "trim" (white space around); "lower" (that, and ASCII's
/// case); "squad".
std::string normalized(const std::string& text, const std::string& how);

}  // namespace metric_text
