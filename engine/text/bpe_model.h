#pragma once
#include <array>
#include <bitset>

#include "text/token_model.h"

namespace assay::text {

/// Byte-pair encoding (Sennrich et al., arXiv 1508.07909) over the vocabulary and merges of a tokenizer.json's `model`.
///
/// A word starts as its characters (or, for byte-level vocabularies, as its bytes) and the adjacent pair that was
/// learnt first is merged until none is left; of equal pairs the leftmost goes first.
class BpeModel final : public TokenModel {
 public:
  /// @throws BadInput when `model` is not a BPE model or names tokens that its vocabulary lacks.
  explicit BpeModel(const Json& model);

  void encode(std::string_view word, bool bytes_as_symbols, std::vector<TokenId>& ids) const override;

 private:
  struct Merge {
    std::int32_t rank;
    TokenId merged;
  };
  /// Open addressing over (left, right): looked up for every adjacent pair, so a miss must cost one cache line.
  class MergeTable {
   public:
    void build(const std::vector<std::pair<std::uint64_t, Merge>>& merges);
    const Merge* find(TokenId left, TokenId right) const;

   private:
    struct Slot {
      std::uint64_t key = ~std::uint64_t{0};
      Merge merge{};
    };
    std::vector<Slot> slots_ = std::vector<Slot>(1);
    std::uint64_t mask_ = 0;
  };

  class Unknowns;

  void read_merges(const Json& list);
  void encode_part(std::string_view word, bool bytes_as_symbols, std::vector<TokenId>& ids) const;
  void start_from_bytes(std::string_view word, std::vector<TokenId>& symbols) const;
  void start_from_characters(std::string_view word, std::vector<TokenId>& symbols) const;
  void merge_short(std::vector<TokenId>& symbols) const;
  void merge_long(std::vector<TokenId>& symbols) const;
  void encode_uncached(std::string_view word, bool bytes_as_symbols, std::vector<TokenId>& ids) const;

  MergeTable merges_;
  std::vector<TokenId> merged_by_rank_;
  /// By two bytes: some merge joins a part that ends with the first to one that begins with the second. Elsewhere a text
  /// may be cut without changing its tokens, since the first merge across a cut would have to be such a one.
  std::bitset<65536> joined_;
  bool separable_ = false;                      ///< such cuts may be made
  std::array<TokenId, 256> byte_symbol_ids_{};  ///< by byte: its symbol's id, or -1
  std::optional<TokenId> unknown_;
  std::string continuing_prefix_;
  std::string word_suffix_;
  std::optional<ByteTokens> byte_tokens_;  ///< with byte fallback
  bool fuse_unknown_ = false;
  bool ignore_merges_ = false;
  std::uint64_t serial_;
};

}  // namespace assay::text
