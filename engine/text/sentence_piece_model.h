#pragma once
#include <filesystem>
#include <memory>

#include "text/sentence_piece_library.h"
#include "text/token_model.h"

namespace assay::text {

/// A tokenizer.model, encoded by the SentencePiece library (Kudo and Richardson, arXiv 1808.06226), which normalises and
/// cuts the text by itself.
class SentencePieceModel final : public TokenModel {
 public:
  /// @throws BadInput naming the file when it is no SentencePiece model.
  explicit SentencePieceModel(const std::filesystem::path& file);
  ~SentencePieceModel() override;

  void encode(std::string_view text, bool bytes_as_symbols, std::vector<TokenId>& ids) const override;

  /// As `encode`, but without the space that the model may put before a text: for what follows another stretch.
  void encode_inside(std::string_view text, std::vector<TokenId>& ids) const;

  /// The model puts a space before every text.
  bool adds_prefix() const { return adds_prefix_; }

  /// Pieces that never come from text: control symbols and the unknown one.
  const std::vector<std::string>& special_pieces() const { return special_pieces_; }

  /// The pieces that mark begin and end; empty when the model has none.
  const std::string& bos() const { return bos_; }
  const std::string& eos() const { return eos_; }
  const std::string& pad() const { return pad_; }

 private:
  [[nodiscard]] std::vector<int> pieces_of(std::string_view text) const;

  std::unique_ptr<const SentencePieceLibrary> library_;
  std::vector<std::string> special_pieces_;
  std::string bos_, eos_, pad_;
  bool adds_prefix_ = false;
};

}  // namespace assay::text
