#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace assay::text {

/// The SentencePiece library behind an interface of ours. It carries a protobuf of its own, which must not meet that of
/// libtorch in one space of symbols: so it is linked to a module that is opened on demand and keeps its symbols to itself.
class SentencePieceLibrary {
 public:
  /// Opens the module beside the program's libraries and a model in it.
  /// @throws BadInput naming the file when it is no SentencePiece model, or the module that is not there.
  static std::unique_ptr<SentencePieceLibrary> open(const std::string& model_file);

  virtual ~SentencePieceLibrary() = default;

  /// What is wrong, empty when nothing is.
  virtual std::string load(const std::string& model_file) = 0;
  virtual std::string encode(std::string_view text, std::vector<int>& ids) const = 0;

  [[nodiscard]] virtual int size() const = 0;
  [[nodiscard]] virtual std::string piece(int id) const = 0;  ///< empty for a negative id
  [[nodiscard]] virtual bool special(int id) const = 0;       ///< a control symbol or the unknown one
  [[nodiscard]] virtual int unknown() const = 0;              ///< negative when the model has none, as the next three
  [[nodiscard]] virtual int bos() const = 0;
  [[nodiscard]] virtual int eos() const = 0;
  [[nodiscard]] virtual int pad() const = 0;
};

/// What the module exports under this name.
using SentencePieceFactory = SentencePieceLibrary*();
inline constexpr const char* kSentencePieceFactory = "assay_sentencepiece_create";

}  // namespace assay::text
