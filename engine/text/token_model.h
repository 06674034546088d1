#pragma once
#include <assay/sdk/json.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace assay::text {

using TokenId = std::int32_t;

/// Strings as keys of a hash map that can be asked with a string_view.
struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
template <typename Value>
using StringMap = std::unordered_map<std::string, Value, StringHash, std::equal_to<>>;

/// The `model` of a tokenizer: a vocabulary, and the way one pre-token becomes ids. Const calls are thread-safe.
class TokenModel {
 public:
  /// A BPE, Unigram, WordPiece or WordLevel model as tokenizer.json describes it; without a `type`, its keys tell.
  /// @throws BadInput when the description is none of these or does not hold together.
  static std::unique_ptr<TokenModel> from_json(const Json& model);

  virtual ~TokenModel() = default;

  /// Appends the ids of one pre-token. With `bytes_as_symbols`, `word` holds raw bytes which the vocabulary spells as
  /// byte symbols; without, REQUIRES valid UTF-8.
  /// @throws BadInput when `word` cannot be spelled and the model has no token for the unknown.
  virtual void encode(std::string_view word, bool bytes_as_symbols, std::vector<TokenId>& ids) const = 0;

  std::optional<TokenId> id(std::string_view token) const;
  const StringMap<TokenId>& vocabulary() const { return vocabulary_; }
  const std::optional<std::string>& unknown_token() const { return unknown_token_; }

 protected:
  TokenModel() = default;

  /// @throws BadInput when the id is out of range.
  void add_token(std::string token, std::int64_t id);
  /// From a JSON object of tokens to ids. @throws BadInput when two tokens share an id.
  void read_vocabulary(const Json& tokens_to_ids);
  void set_unknown_token(std::string token) { unknown_token_ = std::move(token); }

  /// The id of the unknown token. @throws BadInput when there is none.
  TokenId unknown_id(std::string_view word) const;

 private:
  StringMap<TokenId> vocabulary_;
  std::optional<std::string> unknown_token_;
};

/// The ids of the tokens <0x00> … <0xFF>, -1 where the vocabulary has none.
class ByteTokens {
 public:
  explicit ByteTokens(const TokenModel& model);

  /// Appends the tokens of all bytes of `text`; false, and nothing appended, when one has no token.
  bool append(std::string_view text, std::vector<TokenId>& ids) const;

  /// Every byte has a token.
  bool complete() const;

 private:
  std::vector<TokenId> ids_;
};

}  // namespace assay::text
