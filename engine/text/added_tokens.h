#pragma once
#include <assay/sdk/json.h>

#include <string>
#include <string_view>
#include <vector>

#include "text/byte_trie.h"
#include "text/regex.h"
#include "text/token_model.h"

namespace assay::text {

/// A token that is found in the text itself, before the model sees it.
struct AddedToken {
  TokenId id = -1;
  std::string content;
  bool single_word = false;  ///< only between characters that are no part of a word
  bool lstrip = false;       ///< takes the white space on its left with it
  bool rstrip = false;       ///< takes the white space on its right with it
  bool normalized = false;   ///< looked for after normalisation, in its normalised form
  bool special = false;      ///< skipped when decoding for people

  static AddedToken from_json(const Json& description);
};

/// Finds added tokens in a text: the leftmost, and the longest of those that begin there. Const calls are thread-safe.
class AddedTokenFinder {
 public:
  /// `spelling` is what to look for.
  void add(const AddedToken& token, std::string_view spelling);
  bool empty() const { return tokens_.empty(); }

  struct Found {
    Span span;
    TokenId id;
  };
  /// All of them, from left to right; two overlap only in white space that the left one strips. REQUIRES valid UTF-8.
  std::vector<Found> find(std::string_view text) const;

 private:
  std::vector<AddedToken> tokens_;
  ByteTrie trie_;  ///< to an index into tokens_
  bool begins_[256] = {};
};

}  // namespace assay::text
