#include "text/ngrams.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <set>

namespace metric_text {
namespace {

/// Counts n-grams of all orders from positions that come sorted by what follows them: equal n-grams of every order then
/// stand side by side.
class Runs {
 public:
  Runs(std::size_t orders, std::size_t sources)
      : orders_(orders), sources_(sources), counts_(orders * sources), open_(orders), matches_(orders) {}

  /// The next position: it is of text `source` (0 is the answer), has `length` items to its text's end and shares
  /// `shared` with the position before.
  void next(std::size_t source, std::size_t length, std::size_t shared) {
    for (std::size_t n = shared; n < orders_; ++n) close(n);
    for (std::size_t n = 0; n < std::min(length, orders_); ++n) {
      Count& count = counts_[n * sources_ + source];
      if (count.run != open_[n].run) count = {open_[n].run, 0};
      ++count.times;
      if (source == 0) {
        open_[n].answer = count.times;
      } else {
        open_[n].most = std::max(open_[n].most, count.times);
      }
    }
  }

  std::vector<double> finish() {
    for (std::size_t n = 0; n < orders_; ++n) close(n);
    return std::move(matches_);
  }

 private:
  struct Count {
    std::uint32_t run = 0, times = 0;
  };
  struct Run {
    std::uint32_t run = 1, answer = 0, most = 0;
  };

  void close(std::size_t n) {
    Run& run = open_[n];
    matches_[n] += std::min(run.answer, run.most);
    run = {run.run + 1, 0, 0};
  }

  std::size_t orders_, sources_;
  std::vector<Count> counts_;  ///< orders × sources, of the run that each names
  std::vector<Run> open_;
  std::vector<double> matches_;
};

/// Each position is one whole number: its items, then its source.
std::vector<double> by_packing(std::span<const std::span<const Symbol>> texts, std::size_t orders, unsigned item_bits,
                               unsigned source_bits) {
  std::vector<std::uint64_t> keys;
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
  std::sort(keys.begin(), keys.end());
  Runs runs(orders, texts.size());
  const std::uint64_t source_mask = (std::uint64_t{1} << source_bits) - 1;
  std::uint64_t before = 0;
  for (const std::uint64_t key : keys) {
    const std::uint64_t items = key >> source_bits, differing = items ^ before;
    const auto first_differing = static_cast<unsigned>(std::countl_zero(differing)) - (64 - width);
    runs.next(key & source_mask, orders - static_cast<unsigned>(std::countr_zero(items)) / item_bits,
              differing == 0 ? orders : first_differing / item_bits);
    before = items;
  }
  return runs.finish();
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
  Runs runs(orders, texts.size());
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
