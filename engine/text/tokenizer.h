#pragma once
#include <assay/sdk/json.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay::text {

using TokenId = std::int32_t;

/// A Hugging Face tokenizer: tokenizer.json (its model with normalizer, pre-tokenizer, post-processor, decoder and added
/// tokens) or, without one, SentencePiece's tokenizer.model; with the special tokens' roles and the chat template from
/// the files beside it.
///
/// Gives the ids that Hugging Face's fast tokenizers give. Cheap to copy; const calls are thread-safe.
class Tokenizer {
 public:
  /// Reads tokenizer.json, or else tokenizer.model, and where they exist tokenizer_config.json, special_tokens_map.json, chat_template.jinja.
  /// @throws BadInput naming the file that is missing or cannot be read, and why.
  static Tokenizer from_folder(const std::filesystem::path& model_folder);

  /// @throws BadInput as above.
  static Tokenizer from_json(std::string_view tokenizer_json, std::string_view tokenizer_config_json = "{}");

  /// Invalid UTF-8 in `text` is read as U+FFFD. Special tokens written out in `text` become their ids. With
  /// `add_special_tokens` the post-processor adds what it adds to one text (often a bos in front).
  std::vector<TokenId> encode(std::string_view text, bool add_special_tokens = true) const;

  /// Valid UTF-8. Ids without a token are passed over. Spaces before punctuation stay
  /// (`clean_up_tokenization_spaces` is not honoured).
  std::string decode(std::span<const TokenId> ids, bool skip_special_tokens = true) const;

  /// One past the largest id that has a token.
  std::size_t vocabulary_size() const;

  std::optional<TokenId> id(std::string_view token) const;

  /// The token as the vocabulary spells it; empty for an id without one.
  std::string token(TokenId id) const;

  bool is_special(TokenId id) const;

  /// The roles come from tokenizer_config.json, then special_tokens_map.json; unk also from the model.
  std::optional<TokenId> bos() const;
  std::optional<TokenId> eos() const;
  std::optional<TokenId> pad() const;
  std::optional<TokenId> unk() const;

  /// chat_template.jinja, else tokenizer_config.json's `chat_template` (of several named ones, `default`).
  std::optional<std::string> chat_template() const;

  /// tokenizer_config.json, with special_tokens_map.json's roles where it has none.
  const Json& config() const;

 private:
  struct State;
  explicit Tokenizer(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace assay::text
