#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace retrieval {

/// Tokens of a text that stands by itself.
using CountTokens = std::function<std::int64_t(const std::string&)>;

/// Cuts a text into pieces of at most `most` tokens each, every piece as long as fits, in order. Pieces end between
/// words where they can; a word that alone is longer is cut between characters, never within one. A piece begins with
/// the last words of the one before, as many as `overlap` tokens hold. Blanks at the ends of pieces are dropped; every
/// other byte of the text is in a piece. A text of blanks has none. A single character of more tokens than `most` is a
/// piece. REQUIRES 0 <= overlap < most; `text` is UTF-8.
std::vector<std::string> chunks(const std::string& text, std::int64_t most, std::int64_t overlap,
                                const CountTokens& count);

}  // namespace retrieval
