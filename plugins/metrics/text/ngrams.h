#pragma once
#include <bit>
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
    make_room(count_ + items.size());
    for (const auto& item : items) symbols.push_back(number(Item(item)));
    return symbols;
  }

 private:
  struct Slot {
    Item item;
    std::size_t hash = 0;
    Symbol symbol = 0;  ///< 0: free
  };

  Symbol number(Item item) {
    const std::size_t hash = std::hash<Item>()(item), mask = slots_.size() - 1;
    std::size_t at = hash & mask;
    for (; slots_[at].symbol != 0; at = (at + 1) & mask)
      if (slots_[at].hash == hash && slots_[at].item == item) return slots_[at].symbol;
    slots_[at] = {item, hash, ++count_};
    return count_;
  }

  /// Keeps at least half of the slots free, so that looking one up ends soon.
  void make_room(std::size_t items) {
    const std::size_t wanted = std::bit_ceil(2 * items + 1);
    if (wanted <= slots_.size()) return;
    std::vector<Slot> before(wanted);
    before.swap(slots_);
    for (const Slot& slot : before) {
      if (slot.symbol == 0) continue;
      std::size_t at = slot.hash & (wanted - 1);
      while (slots_[at].symbol != 0) at = (at + 1) & (wanted - 1);
      slots_[at] = slot;
    }
  }

  std::vector<Slot> slots_;
  Symbol count_ = 0;
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
