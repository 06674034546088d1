#include "chunks.h"

#include <algorithm>

namespace retrieval {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'; }

/// A part of the text without blanks: a word, or a character of a word that is too long to stay whole.
struct Unit {
  std::size_t begin, end;
};

std::vector<Unit> words_of(std::string_view text) {
  std::vector<Unit> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const bool blank = is_blank(text[at]);
    while (at < text.size() && is_blank(text[at]) == blank) ++at;
    if (!blank) words.push_back({begin, at});
  }
  return words;
}

std::vector<Unit> characters_of(std::string_view text, Unit word) {
  std::vector<Unit> characters;
  for (std::size_t at = word.begin; at < word.end;) {
    const std::size_t begin = at++;
    while (at < word.end && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U) ++at;
    characters.push_back({begin, at});
  }
  return characters;
}

class Chunker {
 public:
  Chunker(const std::string& text, std::int64_t most, std::int64_t overlap, const CountTokens& count)
      : text_(text), most_(most), overlap_(overlap), count_(count) {
    for (const Unit& word : words_of(text)) {
      if (tokens(word.begin, word.end) <= most) {
        units_.push_back(word);
      } else {
        const std::vector<Unit> characters = characters_of(text, word);
        units_.insert(units_.end(), characters.begin(), characters.end());
      }
    }
  }

  std::vector<std::string> cut() const {
    std::vector<std::string> pieces;
    for (std::size_t first = 0; first < units_.size();) {
      const std::size_t end = longest_from(first);
      pieces.push_back(text_.substr(units_[first].begin, units_[end - 1].end - units_[first].begin));
      if (end == units_.size()) break;
      first = overlap_from(first, end);
    }
    return pieces;
  }

 private:
  [[nodiscard]] std::int64_t tokens(std::size_t begin, std::size_t end) const {
    return count_(text_.substr(begin, end - begin));
  }
  [[nodiscard]] std::int64_t tokens_of(std::size_t first, std::size_t end) const {
    return tokens(units_[first].begin, units_[end - 1].end);
  }

  /// One past the last unit that still fits. A longer piece has hardly ever fewer tokens, so sizes are found by
  /// doubling and halving; what is returned was counted.
  [[nodiscard]] std::size_t longest_from(std::size_t first) const {
    std::size_t fits = first + 1, step = 1;
    while (fits < units_.size()) {
      const std::size_t wanted = std::min(fits + step, units_.size());
      if (tokens_of(first, wanted) > most_) break;
      fits = wanted;
      step *= 2;
    }
    for (std::size_t beyond = std::min(fits + step, units_.size() + 1); beyond - fits > 1;) {
      const std::size_t middle = fits + (beyond - fits) / 2;
      (tokens_of(first, middle) <= most_ ? fits : beyond) = middle;
    }
    return fits;
  }

  /// Where the piece after [first, end) begins: at the earliest unit from which the rest fits into the overlap.
  [[nodiscard]] std::size_t overlap_from(std::size_t first, std::size_t end) const {
    std::size_t at = end;
    if (overlap_ == 0) return at;
    while (at - 1 > first && tokens_of(at - 1, end) <= overlap_) --at;
    return at;
  }

  const std::string& text_;
  std::int64_t most_, overlap_;
  const CountTokens& count_;
  std::vector<Unit> units_;
};

}  // namespace

std::vector<std::string> chunks(const std::string& text, std::int64_t most, std::int64_t overlap,
                                const CountTokens& count) {
  return Chunker(text, most, overlap, count).cut();
}

}  // namespace retrieval
