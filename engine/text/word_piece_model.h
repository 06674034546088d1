#pragma once
#include "text/byte_trie.h"
#include "text/token_model.h"

namespace assay::text {

/// WordPiece as BERT uses it (Wu et al., arXiv 1609.08144): the longest token that begins the word, then again for the
/// rest, whose tokens carry a prefix (##). A word that cannot be spelled so, or is too long, is one unknown token.
class WordPieceModel final : public TokenModel {
 public:
  /// @throws BadInput when `model` does not hold together.
  explicit WordPieceModel(const Json& model);

  void encode(std::string_view word, bool bytes_as_symbols, std::vector<TokenId>& ids) const override;

 private:
  ByteTrie tokens_;
  std::uint32_t continuing_ = 0;    ///< the trie's node behind the prefix
  bool continues_ = true;           ///< false when no token carries the prefix
  std::size_t longest_word_ = 100;  ///< characters
};

}  // namespace assay::text
