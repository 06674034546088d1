#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

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

/// A segment's tokens. They are parts of its text, which must live as long, or of what it was rewritten to. Bytes that are
/// no UTF-8 count as U+FFFD.
class Tokens {
 public:
  Tokens(std::string_view text, Tokenizer tokenizer, bool lowercase);

  [[nodiscard]] const std::vector<std::string_view>& list() const { return list_; }

 private:
  std::unique_ptr<const std::string> rewritten_;  ///< stays where it is when this is moved
  std::vector<std::string_view> list_;
};

}  // namespace bleu
