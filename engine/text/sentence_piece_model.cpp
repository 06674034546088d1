#include "text/sentence_piece_model.h"

#include <fmt/format.h>
#include <sentencepiece_processor.h>

#include <algorithm>

#include <assay/sdk/error.h>

#include "text/byte_level.h"

namespace assay::text {
namespace {

constexpr std::string_view space_mark = "\u2581";

}  // namespace

struct SentencePieceModel::Library {
  sentencepiece::SentencePieceProcessor processor;

  std::vector<int> encode(std::string_view text) const {
    std::vector<int> ids;
    const auto status = processor.Encode(absl::string_view(text.data(), text.size()), &ids);
    if (!status.ok()) throw BadInput(fmt::format("SentencePiece cannot encode a text of {} bytes: {}", text.size(), status.ToString()));
    return ids;
  }
  std::string piece(int id) const { return id < 0 ? std::string() : processor.IdToPiece(id); }
};

SentencePieceModel::SentencePieceModel(const std::filesystem::path& file) {
  auto library = std::make_unique<Library>();
  if (const auto status = library->processor.Load(file.string()); !status.ok())
    throw BadInput(fmt::format("{}: not a SentencePiece model that can be read: {}", file.string(), status.ToString()));
  const auto& processor = library->processor;
  for (int id = 0; id < processor.GetPieceSize(); ++id) {
    add_token(processor.IdToPiece(id), id);
    if (processor.IsControl(id) || processor.IsUnknown(id)) special_pieces_.push_back(processor.IdToPiece(id));
  }
  if (processor.unk_id() >= 0) set_unknown_token(processor.IdToPiece(processor.unk_id()));
  bos_ = library->piece(processor.bos_id());
  eos_ = library->piece(processor.eos_id());
  pad_ = library->piece(processor.pad_id());
  const auto probe = library->encode("a");
  adds_prefix_ = !probe.empty() && processor.IdToPiece(probe.front()).starts_with(space_mark);
  library_ = std::move(library);
}

SentencePieceModel::~SentencePieceModel() = default;

void SentencePieceModel::encode(std::string_view text, bool bytes_as_symbols, std::vector<TokenId>& ids) const {
  if (bytes_as_symbols) return encode(to_byte_symbols(text), false, ids);
  const auto found = library_->encode(text);
  ids.insert(ids.end(), found.begin(), found.end());
}

void SentencePieceModel::encode_inside(std::string_view text, std::vector<TokenId>& ids) const {
  // The prefix of a loaded model cannot be turned off, so the unknown token's spelling takes it on itself, and its pieces
  // are dropped: transformers' own way for tokenizers that are not "legacy".
  const std::string guard = unknown_token().value_or("");
  const auto alone = library_->encode(guard);
  const auto found = library_->encode(guard + std::string(text));
  const std::size_t skip = std::min(alone.size(), found.size());
  ids.insert(ids.end(), found.begin() + static_cast<std::ptrdiff_t>(skip), found.end());
}

}  // namespace assay::text
