#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace ter {

/// Tercom's settings, by sacreBLEU's names.
struct Tokenizer {
  bool normalized = false;     ///< punctuation apart, entities read, lines joined
  bool no_punct = false;       ///< punctuation left out
  bool asian_support = false;  ///< of either of the above, for East Asian scripts too
  bool case_sensitive = false;
};

std::vector<std::string> tokenize(std::string_view text, const Tokenizer& tokenizer);

}  // namespace ter
