#include "run/typos.h"

#include <assay/sdk/random.h>

#include <array>
#include <optional>
#include <vector>

#include "text/graphemes.h"
#include "text/unicode.h"

namespace assay::run {
namespace {

constexpr std::size_t kShortest =
    2;  // letters of a word that may have a typo: one that is dropped must leave something

/// Keys beside a to z on a QWERTY keyboard.
constexpr std::array<std::string_view, 26> kNeighbours = {
    "qwsz", "vghn", "xdfv", "serfcx", "wsdr", "drtgvc", "ftyhbv", "gyujnb", "ujko", "huikmn", "jiolm", "kop",  "njk",
    "bhjm", "iklp", "ol",   "wa",     "edft", "awedxz", "rfgy",   "yhji",   "cfgb", "qase",   "zsdc",  "tghu", "asx"};

using Characters = std::vector<std::string>;

Characters characters_of(std::string_view text) {
  Characters all;
  std::size_t begin = 0;
  for (const std::size_t end : text::grapheme_ends(text)) {
    all.emplace_back(text.substr(begin, end - begin));
    begin = end;
  }
  return all;
}

bool is_letter(const std::string& character) {
  std::size_t at = 0;
  const char32_t first = text::next_code_point(character, at);
  return text::is_word_character(first) && !text::is_numeric(first) && first != U'_';
}

std::optional<std::string> beside(const std::string& letter, sdk::Random& random) {
  if (letter.size() != 1) return std::nullopt;
  const bool upper = letter[0] >= 'A' && letter[0] <= 'Z';
  const char lower = static_cast<char>(upper ? letter[0] - 'A' + 'a' : letter[0]);
  if (lower < 'a' || lower > 'z') return std::nullopt;
  const std::string_view keys = kNeighbours[static_cast<std::size_t>(lower - 'a')];
  const char struck = keys[random.below(keys.size())];
  return std::string(1, static_cast<char>(upper ? struck - 'a' + 'A' : struck));
}

enum class Slip { beside, swapped, dropped, doubled };

Characters misspelt(Characters word, sdk::Random& random) {
  const std::size_t at = random.below(word.size());
  std::vector<Slip> possible{Slip::dropped, Slip::doubled};
  const auto struck = beside(word[at], random);
  if (struck) possible.push_back(Slip::beside);
  if (at + 1 < word.size() && word[at] != word[at + 1]) possible.push_back(Slip::swapped);
  const auto place = word.begin() + static_cast<std::ptrdiff_t>(at);
  switch (possible[random.below(possible.size())]) {
    case Slip::beside:
      word[at] = *struck;
      break;
    case Slip::swapped:
      std::swap(word[at], word[at + 1]);
      break;
    case Slip::dropped:
      word.erase(place);
      break;
    case Slip::doubled:
      word.insert(place, std::string(word[at]));
      break;
  }
  return word;
}

std::string joined(const Characters& characters) {
  std::string text;
  for (const std::string& character : characters) text += character;
  return text;
}

/// Whether its characters are still characters of their own between those beside it.
bool stands(const Characters& word, const std::string& before, const std::string& after) {
  const std::size_t beside = (before.empty() ? 0 : 1) + (after.empty() ? 0 : 1);
  return text::grapheme_ends(before + joined(word) + after).size() == word.size() + beside;
}

}  // namespace

std::string with_typos(std::string_view text, double share, std::uint64_t seed, std::string_view owner) {
  const Characters all = characters_of(text);
  const std::string purpose = "typos " + std::string(owner);
  std::string out, last;
  std::uint64_t number = 0;
  for (std::size_t begin = 0, end = 0; begin < all.size(); begin = end) {
    end = begin + 1;
    while (end < all.size() && is_letter(all[begin]) && is_letter(all[end])) ++end;
    Characters word(all.begin() + static_cast<std::ptrdiff_t>(begin), all.begin() + static_cast<std::ptrdiff_t>(end));
    if (word.size() >= kShortest) {
      sdk::Random random(seed, purpose, number++);
      if (random.uniform() < share) {
        Characters slipped = misspelt(word, random);
        if (stands(slipped, last, end < all.size() ? all[end] : "")) word = std::move(slipped);
      }
    }
    out += joined(word);
    last = word.back();
  }
  return out;
}

}  // namespace assay::run
