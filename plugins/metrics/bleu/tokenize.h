#pragma once
#include <string>
#include <string_view>

namespace bleu {

/// How a text falls into tokens, by the names and rules of sacreBLEU 2.
enum class Tokenizer {
  v13a,  ///< mteval-v13a's: punctuation and symbols of ASCII apart, but for periods, commas and dashes about digits
  intl,  ///< mteval-v14's: Unicode's punctuation and symbols apart, but for punctuation between digits
  character,
  none,  ///< what white space separates
  zh     ///< each Chinese character apart, the rest as v13a
};

/// @throws std::out_of_range for a name that is none of 13a, intl, char, none, zh.
Tokenizer tokenizer(const std::string& name);

/// The segment with white space between its tokens, and nowhere else. Bytes that are no UTF-8 count as U+FFFD.
std::u32string tokenized(std::string_view text, Tokenizer tokenizer, bool lowercase);

}  // namespace bleu
