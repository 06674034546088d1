#pragma once
#include "text/byte_trie.h"
#include "text/regex.h"
#include "text/token_model.h"

namespace assay::text {

/// A unigram language model over pieces (Kudo, arXiv 1804.10959): the segmentation of a word with the largest sum of
/// log-probabilities, found by Viterbi's algorithm; of equal ones, that whose last piece is longest.
///
/// A character that no piece covers costs 10 nats more than the rarest piece. A run of them becomes one unknown token, or
/// with `byte_fallback` its bytes.
class UnigramModel final : public TokenModel {
 public:
  /// @throws BadInput when `model` does not hold together.
  explicit UnigramModel(const Json& model);

  void encode(std::string_view word, bool bytes_as_symbols, std::vector<TokenId>& ids) const override;

 private:
  void append(std::string_view piece, std::vector<TokenId>& ids) const;

  std::vector<double> scores_;  ///< by id, natural logarithms
  double unknown_score_ = 0;
  ByteTrie pieces_;
  std::optional<TokenId> unknown_;
  std::optional<ByteTokens> byte_tokens_;
};

}  // namespace assay::text
