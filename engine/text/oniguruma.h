#pragma once
#include <string>
#include <string_view>

namespace assay::text {

/// `pattern`, written for Oniguruma in Ruby's syntax as tokenizer.json's expressions are, as a pattern for PCRE2 that
/// matches the same: the same characters in \s, \w, \d and \p{…} whatever Unicode PCRE2 knows, ^ and $ at every line,
/// `{n,m}+` as a repetition, sets within sets.
///
/// @throws BadInput naming what PCRE2 cannot say.
std::string from_oniguruma(std::string_view pattern);

}  // namespace assay::text
