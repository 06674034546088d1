#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace metric_text {

using Symbol = std::uint32_t;  ///< a word or a character by number, from 1

/// Equal items get equal numbers, so that n-grams compare as whole numbers. One instance a comparison of texts; it
/// refers to the texts, which must live as long.
template <class Item>
class Numbering {
 public:
  template <class Items>
  std::vector<Symbol> operator()(const Items& items) {
    std::vector<Symbol> symbols;
    symbols.reserve(items.size());
    for (const auto& item : items) {
      symbols.push_back(known_.try_emplace(Item(item), static_cast<Symbol>(known_.size() + 1)).first->second);
    }
    return symbols;
  }

 private:
  std::unordered_map<Item, Symbol> known_;
};
using WordNumbering = Numbering<std::string_view>;

/// The same for characters; most texts' are looked up in a table.
class CharacterNumbering {
 public:
  std::vector<Symbol> operator()(std::u32string_view text);

 private:
  Symbol table_[0x180] = {};
  std::unordered_map<char32_t, Symbol> known_;
  Symbol count_ = 0;
};

/// For n = 1 … `orders`: how many n-grams of `answer` the references hold, each as often as in the reference that holds
/// it most often (Papineni et al. 2002's clipped counts).
std::vector<double> matches(std::span<const Symbol> answer, std::span<const std::vector<Symbol>> references,
                            std::size_t orders);

/// How many different n-grams a text has.
double distinct(std::span<const Symbol> text, std::size_t n);

/// The n-grams of a text of `length` items.
inline double ngrams_of(std::size_t length, std::size_t n) {
  return length < n ? 0.0 : static_cast<double>(length - n + 1);
}

}  // namespace metric_text
