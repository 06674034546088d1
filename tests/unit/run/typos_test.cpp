#include "run/typos.h"

#include <assay/sdk/random.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "text/graphemes.h"
#include "text/unicode.h"

namespace assay::run {
namespace {

using ::testing::AnyOf;

constexpr std::uint64_t kSeed = 7;

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> all(1);
  for (const char c : text) {
    if (c == ' ') {
      all.emplace_back();
    } else {
      all.back() += c;
    }
  }
  return all;
}

std::string sentence(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += i == 0 ? "letters" : " letters";
  return text;
}

/// Texts of many scripts, and bytes at random made valid: what a typo must leave whole.
std::string random_text(std::uint64_t number) {
  static const std::vector<std::string> pieces = {
      "a",      "Z", "e\u0301", "ß",      "я",  "한", "ᄀ", "ᅡ", "ᆨ",   "क्",  "षि",  "👩‍👩‍👧",
      "🇩🇪",     "🇫", "\u200d",  "\u0301", "7",  "_",  " ",  "\n", "\r\n", "، ", "ملف", "שלום",
      "\u0d4e", "ก", "ำ",       ".",      "{{", "x̧̂"};
  sdk::Random random(number, "text");
  std::string text;
  for (std::uint64_t n = random.below(40); n > 0; --n) {
    text += random.below(8) == 0 ? std::string(1, static_cast<char>(random.below(256)))
                                 : pieces[random.below(pieces.size())];
  }
  return text::to_valid_utf8(text);
}

/// Words as they are defined: runs of two letters or more.
std::size_t eligible(const std::string& text) {
  std::size_t count = 0, run = 0, begin = 0;
  for (const std::size_t end : text::grapheme_ends(text)) {
    std::size_t at = begin;
    const char32_t first = text::next_code_point(text, at);
    begin = end;
    run = text::is_word_character(first) && !text::is_numeric(first) && first != U'_' ? run + 1 : 0;
    if (run == 2) ++count;
  }
  return count;
}

TEST(TyposTest, NoShareChangesNothing) {
  for (std::uint64_t i = 0; i < 500; ++i) EXPECT_EQ(with_typos(random_text(i), 0, kSeed, "r1"), random_text(i));
}

TEST(TyposTest, EveryTextStaysWholeAndOfItsLength) {
  std::size_t changed = 0;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    const std::string before = random_text(i);
    const std::string after = with_typos(before, 1, kSeed, fmt::format("r{}", i));
    ASSERT_TRUE(text::is_valid_utf8(after)) << before;
    const auto length = static_cast<double>(text::grapheme_ends(before).size());
    ASSERT_LE(std::abs(static_cast<double>(text::grapheme_ends(after).size()) - length),
              static_cast<double>(eligible(before)))
        << before << " → " << after;
    changed += before != after ? 1 : 0;
  }
  EXPECT_GT(changed, 2500U);
}

TEST(TyposTest, AWordHasOneTypoOfTheFourKinds) {
  for (int i = 0; i < 400; ++i) {
    const std::string after = with_typos("dog", 1, kSeed, fmt::format("r{}", i));
    EXPECT_THAT(after, AnyOf("odg", "dgo", "og", "dg", "do", "ddog", "doog", "dogg",  // swapped, dropped, doubled
                             "sog", "eog", "rog", "fog", "cog", "xog", "dig", "dkg", "dlg", "dpg",  // beside d and o
                             "dof", "dot", "doy", "doh", "dob", "dov"));                            // beside g
  }
}

TEST(TyposTest, TheShareOfWordsIsTheOneAskedFor) {
  const std::string text = sentence(20000);
  for (const double share : {0.05, 0.3, 1.0}) {
    std::size_t changed = 0;
    for (const std::string& word : words(with_typos(text, share, kSeed, "r1"))) changed += word != "letters" ? 1 : 0;
    EXPECT_NEAR(static_cast<double>(changed) / 20000, share, 0.012) << share;  // three standard errors and more
  }
}

TEST(TyposTest, TyposOfASmallerShareAreAmongThoseOfALarger) {
  const auto few = words(with_typos(sentence(500), 0.1, kSeed, "r1")),
             many = words(with_typos(sentence(500), 0.4, kSeed, "r1"));
  for (std::size_t i = 0; i < few.size(); ++i) {
    if (few[i] != "letters") {
      EXPECT_EQ(few[i], many[i]);
    }
  }
}

TEST(TyposTest, DigitsShortWordsAndSignsAreLeftAlone) {
  for (const char* text : {"12 + 345 = 7", "a b, c!", "{{ _ }} %%", "３４ ½ Ⅻ", ""})
    EXPECT_EQ(with_typos(text, 1, kSeed, "r1"), text);
}

TEST(TyposTest, TheyAreAFunctionOfSeedAndOwner) {
  const std::string text = sentence(50);
  EXPECT_EQ(with_typos(text, 0.5, 1, "r1"), with_typos(text, 0.5, 1, "r1"));
  EXPECT_NE(with_typos(text, 0.5, 1, "r1"), with_typos(text, 0.5, 2, "r1"));
  EXPECT_NE(with_typos(text, 0.5, 1, "r1"), with_typos(text, 0.5, 1, "r2"));
}

}  // namespace
}  // namespace assay::run
