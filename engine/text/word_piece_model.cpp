#include "text/word_piece_model.h"

#include "text/byte_level.h"
#include "text/unicode.h"

namespace assay::text {

WordPieceModel::WordPieceModel(const Json& model) {
  read_vocabulary(model.at("vocab"));
  set_unknown_token(model.value("unk_token", "[UNK]"));
  longest_word_ = model.value("max_input_chars_per_word", longest_word_);
  for (const auto& [token, id] : vocabulary()) tokens_.add(token, id);
  for (const char byte : model.value("continuing_subword_prefix", "##")) {
    continuing_ = tokens_.child(continuing_, byte);
    continues_ = continuing_ != 0;
    if (!continues_) break;
  }
}

void WordPieceModel::encode(std::string_view word, bool bytes_as_symbols, std::vector<TokenId>& ids) const {
  if (bytes_as_symbols) return encode(to_byte_symbols(word), false, ids);
  std::size_t characters = 0;
  for (const char c : word) characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  const std::size_t before = ids.size();
  std::size_t begin = characters > longest_word_ ? word.size() + 1 : 0;
  while (begin < word.size()) {
    std::uint32_t node = begin == 0 ? 0 : continuing_;
    std::size_t end = begin;
    TokenId longest = -1;
    for (std::size_t i = begin;
         i < word.size() && (begin == 0 || continues_) && (node = tokens_.child(node, word[i])) != 0; ++i)
      if (tokens_.value(node) >= 0) {
        longest = tokens_.value(node);
        end = i + 1;
      }
    if (longest < 0) {
      begin = word.size() + 1;
    } else {
      ids.push_back(longest);
      begin = end;
    }
  }
  if (begin <= word.size()) return;
  ids.resize(before);
  ids.push_back(unknown_id(word));
}

}  // namespace assay::text
