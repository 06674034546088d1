#include "text/added_tokens.h"

#include "text/frozen_unicode.h"

namespace assay::text {
namespace {

std::size_t before(std::string_view text, std::size_t position) {
  do --position;
  while (position > 0 && (static_cast<unsigned char>(text[position]) & 0xC0) == 0x80);
  return position;
}

bool word_character_ends_at(std::string_view text, std::size_t position) {
  if (position == 0) return false;
  std::size_t at = before(text, position);
  return is_split_word(next_code_point(text, at));
}

bool word_character_begins_at(std::string_view text, std::size_t position) {
  return position < text.size() && is_split_word(next_code_point(text, position));
}

}  // namespace

AddedToken AddedToken::from_json(const Json& description) {
  AddedToken token;
  token.content = description.at("content").get<std::string>();
  token.id = description.value("id", TokenId{-1});
  token.single_word = description.value("single_word", false);
  token.lstrip = description.value("lstrip", false);
  token.rstrip = description.value("rstrip", false);
  token.special = description.value("special", false);
  token.normalized = description.value("normalized", !token.special);
  return token;
}

void AddedTokenFinder::add(const AddedToken& token, std::string_view spelling) {
  if (spelling.empty()) return;
  trie_.add(spelling, static_cast<std::int32_t>(tokens_.size()));
  tokens_.push_back(token);
  begins_[static_cast<unsigned char>(spelling[0])] = true;
}

std::vector<AddedTokenFinder::Found> AddedTokenFinder::find(std::string_view text) const {
  std::vector<Found> all;
  if (tokens_.empty()) return all;
  std::size_t taken = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (!begins_[static_cast<unsigned char>(text[at])]) {
      ++at;
      continue;
    }
    std::int32_t longest = -1;
    std::size_t end = at;
    trie_.prefixes(text, at, [&](std::size_t length, std::int32_t token) {
      longest = token;
      end = at + length;
    });
    if (longest < 0) {
      ++at;
      continue;
    }
    const AddedToken& token = tokens_[static_cast<std::size_t>(longest)];
    if (token.single_word && (word_character_ends_at(text, at) || word_character_begins_at(text, end))) {
      at = end;
      continue;
    }
    Span span{at, end};
    while (token.lstrip && span.begin > taken) {
      std::size_t previous = before(text, span.begin);
      const std::size_t begin = previous;
      if (!is_whitespace(next_code_point(text, previous))) break;
      span.begin = begin;
    }
    while (token.rstrip && span.end < text.size()) {
      std::size_t next = span.end;
      if (!is_whitespace(next_code_point(text, next))) break;
      span.end = next;
    }
    all.push_back({span, token.id});
    taken = span.end;
    at = end;
  }
  return all;
}

}  // namespace assay::text
