#include "text/word_level_model.h"

#include "text/byte_level.h"

namespace assay::text {

WordLevelModel::WordLevelModel(const Json& model) {
  read_vocabulary(model.at("vocab"));
  set_unknown_token(model.value("unk_token", "<unk>"));
}

void WordLevelModel::encode(std::string_view word, bool bytes_as_symbols, std::vector<TokenId>& ids) const {
  if (bytes_as_symbols) return encode(to_byte_symbols(word), false, ids);
  const auto known = id(word);
  ids.push_back(known ? *known : unknown_id(word));
}

}  // namespace assay::text
