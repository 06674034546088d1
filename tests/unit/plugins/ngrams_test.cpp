#include "text/ngrams.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace metric_text {
namespace {

using Texts = std::vector<std::vector<Symbol>>;

std::map<std::vector<Symbol>, int> counts(const std::vector<Symbol>& text, std::size_t n) {
  std::map<std::vector<Symbol>, int> known;
  for (auto at = text.begin(); static_cast<std::size_t>(text.end() - at) >= n; ++at)
    ++known[{at, at + static_cast<std::ptrdiff_t>(n)}];
  return known;
}

/// Papineni et al.'s clipped counts as their definition reads.
double clipped(const std::vector<Symbol>& answer, const Texts& references, std::size_t n) {
  double matches = 0;
  for (const auto& [gram, count] : counts(answer, n)) {
    int most = 0;
    for (const auto& reference : references) {
      const auto known = counts(reference, n);
      if (const auto found = known.find(gram); found != known.end()) most = std::max(most, found->second);
    }
    matches += std::min(count, most);
  }
  return matches;
}

std::vector<Symbol> drawn(std::mt19937& random, Symbol symbols, std::size_t longest) {
  std::vector<Symbol> text(random() % (longest + 1));
  for (Symbol& symbol : text) symbol = 1 + random() % symbols;
  return text;
}

// Few symbols make keys that fit one whole number; many, or high orders, are compared as they stand.
TEST(NgramsTest, MatchesAreTheClippedCountsOfTheirDefinition) {
  std::mt19937 random(7);
  for (const Symbol symbols : {1u, 2u, 3u, 40u, 100'000u}) {
    for (const std::size_t orders : {1u, 4u, 6u, 20u}) {
      for (int i = 0; i < 40; ++i) {
        const std::vector<Symbol> answer = drawn(random, symbols, 30);
        Texts references(random() % 4);
        for (auto& reference : references) reference = i % 3 == 0 ? answer : drawn(random, symbols, 30);
        const std::vector<double> found = matches(answer, references, orders);
        ASSERT_EQ(found.size(), orders);
        for (std::size_t n = 1; n <= orders; ++n)
          ASSERT_EQ(found[n - 1], clipped(answer, references, n))
              << symbols << " symbols, order " << n << " of " << orders;
      }
    }
  }
}

TEST(NgramsTest, CharactersAreNumberedAlikeWhereverTheyStand) {
  CharacterNumbering numbers;
  EXPECT_EQ(numbers(U"aé我a"), (std::vector<Symbol>{1, 2, 3, 1}));
  EXPECT_EQ(numbers(U"我b"), (std::vector<Symbol>{3, 4}));
}

}  // namespace
}  // namespace metric_text
