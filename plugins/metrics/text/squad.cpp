#include "text/squad.h"

#include <unicode/uchar.h>

#include <algorithm>

#include "text/rewriting.h"
#include "text/unicode.h"

namespace metric_text {
namespace {

/// What stands on one side of Python's \b.
bool is_word_character(char32_t c) {
  return c == '_' || (U_MASK(u_charType(static_cast<UChar32>(c))) & (U_GC_L_MASK | U_GC_N_MASK)) != 0;
}

bool is_article(std::u32string_view word) { return word == U"a" || word == U"an" || word == U"the"; }

/// An article is a run of word characters; what touches it ("–a–") stays and is parted by it.
std::u32string without_articles(const std::u32string& text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_word_character(text[end])) ++end;
    if (end == at) {
      out += text[at++];
      continue;
    }
    const std::u32string_view run = std::u32string_view(text).substr(at, end - at);
    if (is_article(run)) {
      out += U' ';
    } else {
      out += run;
    }
    at = end;
  }
  return out;
}

}  // namespace

std::vector<std::string> squad_tokens(const std::string& text) {
  std::u32string line = decoded(lower(text));
  std::erase_if(line, is_ascii_punctuation);
  line = without_articles(line);
  std::vector<std::string> tokens;
  for (const std::u32string_view word : words(line)) tokens.push_back(encoded(word));
  return tokens;
}

std::string squad_normalized(const std::string& text) {
  std::string joined;
  for (const std::string& token : squad_tokens(text)) joined += (joined.empty() ? "" : " ") + token;
  return joined;
}

}  // namespace metric_text
