#pragma once
#include <string_view>

namespace assay::config {

/// Whether all of `text` fits `pattern`, in which * is any text and ? any one byte.
bool fits(std::string_view pattern, std::string_view text);

}  // namespace assay::config
