#pragma once
#include <assay/sdk/json.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/regex.h"
#include "text/token_model.h"

namespace assay::text {

struct BpeTrainerOptions {
  /// Entries in all: special tokens, the 256 bytes, merges. Fewer come out when the text runs out of pairs.
  std::size_t vocabulary_size = 3072;
  /// Get the first ids, in this order; the first one is put in front of every text (bos).
  std::vector<std::string> special_tokens = {"<eos>"};
  /// What merges may not cross: words, single digits and runs of punctuation, each with one space before it; a newline;
  /// what is left of white space. Single digits keep arithmetic regular.
  std::string pattern = R"( ?[\p{L}\p{M}\-']+| ?\p{N}| ?[^\s\p{L}\p{M}\p{N}\-']+|\n| )";
  /// A pair that occurs less often is not merged.
  std::int64_t minimum_frequency = 2;
};

/// Learns a byte-level BPE vocabulary (Sennrich et al., arXiv 1508.07909) from text.
///
/// The same texts, in any order, give the same tokenizer: of equally frequent pairs the one with the smaller ids is
/// merged first. Not thread-safe.
class BpeTrainer {
 public:
  /// @throws BadInput when the vocabulary has no room for the bytes and special tokens, or the pattern does not compile.
  explicit BpeTrainer(BpeTrainerOptions options);

  /// Counts the words of `text`; keeps no reference to it.
  void add(std::string_view text);

  /// A complete tokenizer.json.
  Json train() const;

 private:
  struct Pair {
    TokenId left, right;
  };
  std::vector<Pair> learn_merges() const;

  BpeTrainerOptions options_;
  Regex pattern_;
  StringMap<std::int64_t> counts_;
};

}  // namespace assay::text
