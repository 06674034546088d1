#pragma once
#include <string>
#include <vector>

#include "text/tokenizer.h"

namespace assay::text {

/// Decodes tokens as they come. What it has given out is never taken back: a character whose bytes are still
/// incomplete is held until they are all there. Not thread-safe.
class StreamDecoder {
 public:
  explicit StreamDecoder(Tokenizer tokenizer, bool skip_special_tokens = true)
      : tokenizer_(std::move(tokenizer)), skip_special_tokens_(skip_special_tokens) {}

  /// The text that `id` completes: valid UTF-8, often empty in the middle of a character.
  std::string add(TokenId id);

  /// What is still held; incomplete bytes become U+FFFD. The decoder then starts anew.
  std::string finish();

 private:
  std::string pending(bool all);

  Tokenizer tokenizer_;
  bool skip_special_tokens_;
  /// Tokens since the last cut: those that give the decoder its context (a leading space depends on what came before),
  /// then those whose text is not given out yet.
  std::vector<TokenId> window_;
  std::size_t context_ = 0;
};

}  // namespace assay::text
