#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::text {

/// SentencePiece's compiled table of replacements ("precompiled_charsmap"): a double-array trie over the strings to
/// replace (darts-clone's layout), then the replacements, each ended by a zero byte. Const calls are thread-safe.
class PrecompiledMap {
 public:
  /// @throws BadInput when `base64` is not such a table.
  explicit PrecompiledMap(std::string_view base64);

  /// `text` with every grapheme cluster of less than 6 bytes replaced whole by what its shortest listed beginning becomes,
  /// else its characters one by one: Hugging Face's reading of the table. REQUIRES valid UTF-8.
  std::string apply(std::string_view text) const;

 private:
  std::optional<std::string_view> replacement(std::string_view part) const;

  std::vector<std::uint32_t> units_;
  std::string replacements_;
};

}  // namespace assay::text
