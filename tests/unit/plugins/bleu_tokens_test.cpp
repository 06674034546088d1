#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tokenize.h"

namespace bleu {
namespace {

std::vector<std::string> tokens(const std::string& text) {
  const Tokens found(text, Tokenizer::v13a, false);
  return {found.list().begin(), found.list().end()};
}

TEST(BleuTokensTest, ReadingATextAsItStandsGivesTheTokensOfRewritingIt) {
  // A line end is stripped, but sends the text through mteval-v13a's substitutions one by one.
  const std::vector<std::string> pieces{
      "a", "Z",     "7",       "0",     ".",   ",",  "-", " ",  "  ", "\t",       "!",
      "'", "\"",    "(",       ")",     "/",   "$",  "%", "~",  "`",  "{",        "}",
      "[", "]",     ":",       "@",     "_",   "\\", "é", "中", "😀",  "\xC2\xA0", "\xE3\x80\x80",
      "…", "don't", "1,000.5", "20-25", "U.S."};
  std::mt19937 random(20);
  for (int round = 0; round < 200'000; ++round) {
    std::string text;
    for (std::size_t left = random() % 14; left > 0; --left) text += pieces[random() % pieces.size()];
    ASSERT_EQ(tokens(text), tokens(text + "\n")) << "'" << text << "'";
  }
}

}  // namespace
}  // namespace bleu
