#include "text/ngrams.h"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <set>

namespace metric_text {
namespace {

/// Counts n-grams of all orders from positions that come sorted by what follows them: equal n-grams of every order then
/// stand side by side. Answer and one reference are so common that `Sources` may say so when compiling; 0 says nothing.
template <std::size_t Sources>
class Runs {
 public:
  Runs(std::size_t orders, std::size_t sources)
      : orders_(orders), sources_(sources), counts_(orders * sources), matches_(orders) {}

  /// The next position: it is of text `source` (0 is the answer), has `length` items to its text's end and shares
  /// `shared` with the position before.
  void next(std::size_t source, std::size_t length, std::size_t shared) {
    close(shared);
    ++counts_[(std::min(length, orders_) - 1) * sources_ + source];
  }

  std::vector<double> finish() {
    close(0);
    return {matches_.begin(), matches_.end()};
  }

 private:
  /// Ends the n-grams of more than `shared` items, the longest first: each one's occurrences are also those of the n-gram
  /// without its last item.
  void close(std::size_t shared) {
    const std::size_t sources = Sources == 0 ? sources_ : Sources;
    for (std::size_t n = orders_; n-- > shared;) {
      std::uint32_t* const counts = &counts_[n * sources];
      std::uint32_t most = 0;
      for (std::size_t s = 1; s < sources; ++s) most = std::max(most, counts[s]);
      matches_[n] += std::min(counts[0], most);
      for (std::size_t s = 0; s < sources; ++s) {
        if (n > 0) *(counts + s - sources) += counts[s];
        counts[s] = 0;
      }
    }
  }

  std::size_t orders_, sources_;
  std::vector<std::uint32_t> counts_;  ///< orders × sources, of the n-grams that are open
  std::vector<std::uint32_t> matches_;
};

/// Sorts numbers of `end` bits by those from `begin` on, some at a time: no comparison that a processor could guess wrong.
void radix_sort(std::vector<std::uint64_t>& keys, unsigned begin, unsigned end) {
  std::vector<std::uint64_t> sorted(keys.size());
  const unsigned bits = keys.size() < 128 ? 6 : 8;  // going through all digits is work too
  const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
  for (unsigned shift = begin; shift < end; shift += bits) {
    std::array<std::uint32_t, 257> starts{};
    for (const std::uint64_t key : keys) ++starts[(key >> shift & mask) + 1];
    for (std::size_t digit = 1; digit <= mask; ++digit) starts[digit] += starts[digit - 1];
    for (const std::uint64_t key : keys) sorted[starts[key >> shift & mask]++] = key;
    keys.swap(sorted);
  }
}

/// How a position is one whole number: its items from the highest bits on (zeros past the text's end), then its source.
struct Packing {
  std::size_t orders;
  unsigned item_bits, source_bits;

  template <class Counting>
  [[nodiscard]] std::vector<double> count(const std::vector<std::uint64_t>& sorted, Counting runs) const {
    const unsigned width = static_cast<unsigned>(orders) * item_bits;
    std::array<std::uint8_t, 65> whole_items{};  // in so many bits: dividing takes longer than all else here
    for (unsigned bits = 0; bits <= width; ++bits) whole_items[bits] = static_cast<std::uint8_t>(bits / item_bits);
    const std::uint64_t source_mask = (std::uint64_t{1} << source_bits) - 1;
    std::uint64_t before = 0;
    for (const std::uint64_t key : sorted) {
      const std::uint64_t items = key >> source_bits, differing = items ^ before;
      const auto alike = static_cast<unsigned>(std::countl_zero(differing)) - (64 - width);
      runs.next(key & source_mask, orders - whole_items[static_cast<unsigned>(std::countr_zero(items))],
                whole_items[alike]);
      before = items;
    }
    return runs.finish();
  }
};

std::vector<double> by_packing(std::span<const std::span<const Symbol>> texts, std::size_t orders, unsigned item_bits,
                               unsigned source_bits) {
  std::vector<std::uint64_t> keys;
  std::size_t positions = 0;
  for (const auto& text : texts) positions += text.size();
  keys.reserve(positions);
  const auto width = static_cast<unsigned>(orders) * item_bits;
  for (std::size_t source = 0; source < texts.size(); ++source) {
    const std::span<const Symbol> text = texts[source];
    const std::uint64_t mask = width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
    std::uint64_t window = 0;
    for (std::size_t end = 0; end < text.size() + orders - 1; ++end) {
      window = (window << item_bits | (end < text.size() ? text[end] : 0)) & mask;
      if (end + 1 >= orders) keys.push_back(window << source_bits | source);
    }
  }
  radix_sort(keys, source_bits, source_bits + width);
  const Packing packing{orders, item_bits, source_bits};
  return texts.size() == 2 ? packing.count(keys, Runs<2>(orders, 2))
                           : packing.count(keys, Runs<0>(orders, texts.size()));
}

/// Where a position needs more bits than a whole number has: positions are sorted as they stand.
std::vector<double> by_comparing(std::span<const std::span<const Symbol>> texts, std::size_t orders) {
  struct Position {
    std::size_t source;
    std::span<const Symbol> items;
  };
  std::vector<Position> positions;
  for (std::size_t source = 0; source < texts.size(); ++source) {
    const std::span<const Symbol> text = texts[source];
    for (std::size_t i = 0; i < text.size(); ++i)
      positions.push_back({source, text.subspan(i, std::min(orders, text.size() - i))});
  }
  std::sort(positions.begin(), positions.end(), [](const Position& a, const Position& b) {
    return std::lexicographical_compare(a.items.begin(), a.items.end(), b.items.begin(), b.items.end());
  });
  Runs<0> runs(orders, texts.size());
  std::span<const Symbol> before;
  for (const Position& position : positions) {
    const auto differing = std::mismatch(before.begin(), before.end(), position.items.begin(), position.items.end());
    runs.next(position.source, position.items.size(),
              static_cast<std::size_t>(std::distance(before.begin(), differing.first)));
    before = position.items;
  }
  return runs.finish();
}

}  // namespace

std::vector<Symbol> CharacterNumbering::operator()(std::u32string_view text) {
  std::vector<Symbol> symbols;
  symbols.reserve(text.size());
  for (const char32_t c : text) {
    Symbol& symbol = c < std::size(table_) ? table_[c] : known_[c];
    if (symbol == 0) symbol = ++count_;
    symbols.push_back(symbol);
  }
  return symbols;
}

double distinct(std::span<const Symbol> text, std::size_t n) {
  std::set<std::vector<Symbol>> known;
  for (std::size_t i = 0; i + n <= text.size(); ++i) {
    const auto gram = text.subspan(i, n);
    known.emplace(gram.begin(), gram.end());
  }
  return static_cast<double>(known.size());
}

std::vector<double> matches(std::span<const Symbol> answer, std::span<const std::vector<Symbol>> references,
                            std::size_t orders) {
  std::vector<std::span<const Symbol>> texts{answer};
  texts.insert(texts.end(), references.begin(), references.end());
  Symbol largest = 1;
  for (const auto& text : texts) {
    for (const Symbol symbol : text) largest = std::max(largest, symbol);
  }
  const auto item_bits = static_cast<unsigned>(std::bit_width(largest));
  const auto source_bits = static_cast<unsigned>(std::bit_width(texts.size() - 1));
  if (orders * item_bits + source_bits <= 64) return by_packing(texts, orders, item_bits, source_bits);
  return by_comparing(texts, orders);
}

}  // namespace metric_text
