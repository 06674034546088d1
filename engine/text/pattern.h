#pragma once
#include <assay/sdk/json.h>

#include "text/regex.h"

namespace assay::text {

/// A tokenizer.json's pattern: {"String": …}, {"Regex": …} (Oniguruma's syntax) or a bare string.
Regex pattern_of(const Json& pattern);

/// `text` with every match of `pattern`, empty ones too, replaced by `content`, taken literally.
std::string replace_all(std::string_view text, const Regex& pattern, std::string_view content);

}  // namespace assay::text
