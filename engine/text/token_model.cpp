#include "text/token_model.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "text/bpe_model.h"
#include "text/unigram_model.h"
#include "text/word_level_model.h"
#include "text/word_piece_model.h"

namespace assay::text {
namespace {

std::string type_of(const Json& model) {
  if (model.contains("type")) return model.at("type").get<std::string>();
  if (model.contains("merges")) return "BPE";
  if (model.contains("max_input_chars_per_word")) return "WordPiece";
  return model.at("vocab").is_array() ? "Unigram" : "WordLevel";
}

}  // namespace

std::unique_ptr<TokenModel> TokenModel::from_json(const Json& model) {
  const std::string type = type_of(model);
  if (type == "BPE") return std::make_unique<BpeModel>(model);
  if (type == "Unigram") return std::make_unique<UnigramModel>(model);
  if (type == "WordPiece") return std::make_unique<WordPieceModel>(model);
  if (type == "WordLevel") return std::make_unique<WordLevelModel>(model);
  throw BadInput(fmt::format(
      "tokenizer.json: a model of type '{}' is not known; BPE, Unigram, WordPiece and WordLevel are", type));
}

std::optional<TokenId> TokenModel::id(std::string_view token) const {
  const auto found = vocabulary_.find(token);
  if (found == vocabulary_.end()) return std::nullopt;
  return found->second;
}

void TokenModel::add_token(std::string token, std::int64_t id) {
  if (id < 0 || id > std::numeric_limits<TokenId>::max())
    throw BadInput(fmt::format("the vocabulary gives token '{}' the id {}, which is out of range", token, id));
  vocabulary_[std::move(token)] = static_cast<TokenId>(id);
}

void TokenModel::read_vocabulary(const Json& tokens_to_ids) {
  vocabulary_.reserve(tokens_to_ids.size());
  std::unordered_map<TokenId, std::string_view> owners;
  owners.reserve(tokens_to_ids.size());
  for (const auto& [token, id] : tokens_to_ids.get_ref<const Json::object_t&>()) {
    if (!id.is_number_integer())
      throw BadInput(fmt::format("the vocabulary gives token '{}' the id {}", token, id.dump()));
    add_token(token, id.get<std::int64_t>());
    const auto [owner, fresh] = owners.emplace(id.get<TokenId>(), token);
    if (!fresh)
      throw BadInput(
          fmt::format("the vocabulary gives '{}' and '{}' the same id {}", owner->second, token, owner->first));
  }
}

TokenId TokenModel::unknown_id(std::string_view word) const {
  const auto known = unknown_token_ ? id(*unknown_token_) : std::nullopt;
  if (!known)
    throw BadInput(fmt::format("the tokenizer cannot spell '{}' and its vocabulary has no unknown token", word));
  return *known;
}

ByteTokens::ByteTokens(const TokenModel& model) {
  for (int byte = 0; byte < 256; ++byte) ids_.push_back(model.id(fmt::format("<0x{:02X}>", byte)).value_or(-1));
}

bool ByteTokens::complete() const {
  return std::ranges::none_of(ids_, [](TokenId id) { return id < 0; });
}

bool ByteTokens::append(std::string_view text, std::vector<TokenId>& ids) const {
  const auto id_of = [&](char c) { return ids_[static_cast<unsigned char>(c)]; };
  if (std::ranges::any_of(text, [&](char c) { return id_of(c) < 0; })) return false;
  for (const char c : text) ids.push_back(id_of(c));
  return true;
}

}  // namespace assay::text
