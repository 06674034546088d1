#include "text/sentence_piece_model.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <algorithm>

#include "text/byte_level.h"

namespace assay::text {
namespace {

constexpr std::string_view space_mark = "\u2581";

}  // namespace

SentencePieceModel::SentencePieceModel(const std::filesystem::path& file)
    : library_(SentencePieceLibrary::open(file.string())) {
  for (int id = 0; id < library_->size(); ++id) {
    add_token(library_->piece(id), id);
    if (library_->special(id)) special_pieces_.push_back(library_->piece(id));
  }
  if (library_->unknown() >= 0) set_unknown_token(library_->piece(library_->unknown()));
  bos_ = library_->piece(library_->bos());
  eos_ = library_->piece(library_->eos());
  pad_ = library_->piece(library_->pad());
  const auto probe = pieces_of("a");
  adds_prefix_ = !probe.empty() && library_->piece(probe.front()).starts_with(space_mark);
}

std::vector<int> SentencePieceModel::pieces_of(std::string_view text) const {
  std::vector<int> ids;
  if (const std::string fault = library_->encode(text, ids); !fault.empty()) {
    throw BadInput(fmt::format("SentencePiece cannot encode a text of {} bytes: {}", text.size(), fault));
  }
  return ids;
}

SentencePieceModel::~SentencePieceModel() = default;

void SentencePieceModel::encode(std::string_view text, bool bytes_as_symbols, std::vector<TokenId>& ids) const {
  if (bytes_as_symbols) return encode(to_byte_symbols(text), false, ids);
  const auto found = pieces_of(text);
  ids.insert(ids.end(), found.begin(), found.end());
}

void SentencePieceModel::encode_inside(std::string_view text, std::vector<TokenId>& ids) const {
  // The prefix of a loaded model cannot be turned off, so the unknown token's spelling takes it on itself, and its pieces
  // are dropped: transformers' own way for tokenizers that are not "legacy".
  const std::string guard = unknown_token().value_or("");
  const auto alone = pieces_of(guard);
  const auto found = pieces_of(guard + std::string(text));
  const std::size_t skip = std::min(alone.size(), found.size());
  ids.insert(ids.end(), found.begin() + static_cast<std::ptrdiff_t>(skip), found.end());
}

}  // namespace assay::text
