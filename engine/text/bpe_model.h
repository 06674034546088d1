#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <assay/sdk/json.h>

namespace assay::text {

using TokenId = std::int32_t;

/// Strings as keys of a hash map that can be asked with a string_view.
struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
template <typename Value>
using StringMap = std::unordered_map<std::string, Value, StringHash, std::equal_to<>>;

/// Byte-pair encoding (Sennrich et al., arXiv 1508.07909) over the vocabulary and merges of a tokenizer.json's `model`.
///
/// A word starts as its characters (or, for byte-level vocabularies, as its bytes) and the adjacent pair that was
/// learnt first is merged until none is left; of equal pairs the leftmost goes first. Const calls are thread-safe.
class BpeModel {
 public:
  /// @throws BadInput when `model` is not a BPE model or names tokens that its vocabulary lacks.
  explicit BpeModel(const Json& model);

  /// Appends the ids of one pre-token. With `bytes_as_symbols`, `word` holds raw bytes which the vocabulary spells as
  /// byte symbols.
  void encode(std::string_view word, bool bytes_as_symbols, std::vector<TokenId>& ids) const;

  std::optional<TokenId> id(std::string_view token) const;
  const StringMap<TokenId>& vocabulary() const { return vocabulary_; }
  const std::optional<std::string>& unknown_token() const { return unknown_token_; }

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

  void start_from_bytes(std::string_view word, std::vector<TokenId>& symbols) const;
  void start_from_characters(std::string_view word, std::vector<TokenId>& symbols) const;
  void merge_short(std::vector<TokenId>& symbols) const;
  void merge_long(std::vector<TokenId>& symbols) const;
  void encode_uncached(std::string_view word, bool bytes_as_symbols, std::vector<TokenId>& ids) const;

  StringMap<TokenId> vocabulary_;
  MergeTable merges_;
  std::array<TokenId, 256> byte_symbol_ids_{};    ///< by byte: its symbol's id, or -1
  std::array<TokenId, 256> byte_fallback_ids_{};  ///< by byte: the id of <0xXX>, or -1
  std::optional<std::string> unknown_token_;
  std::optional<TokenId> unknown_;
  std::string continuing_prefix_;
  std::string word_suffix_;
  bool byte_fallback_ = false;
  bool fuse_unknown_ = false;
  bool ignore_merges_ = false;
  std::uint64_t serial_;
};

}  // namespace assay::text
