// libassay_sentencepiece.so: the one part that links the SentencePiece library.
#include <sentencepiece_processor.h>

#include "text/sentence_piece_library.h"

namespace {

class Library final : public assay::text::SentencePieceLibrary {
 public:
  std::string load(const std::string& model_file) override {
    const auto status = processor_.Load(model_file);
    return status.ok() ? "" : status.ToString();
  }
  std::string encode(std::string_view text, std::vector<int>& ids) const override {
    const auto status = processor_.Encode(absl::string_view(text.data(), text.size()), &ids);
    return status.ok() ? "" : status.ToString();
  }
  int size() const override { return processor_.GetPieceSize(); }
  std::string piece(int id) const override { return id < 0 ? std::string() : processor_.IdToPiece(id); }
  bool special(int id) const override { return processor_.IsControl(id) || processor_.IsUnknown(id); }
  int unknown() const override { return processor_.unk_id(); }
  int bos() const override { return processor_.bos_id(); }
  int eos() const override { return processor_.eos_id(); }
  int pad() const override { return processor_.pad_id(); }

 private:
  sentencepiece::SentencePieceProcessor processor_;
};

}  // namespace

extern "C" __attribute__((visibility("default"))) assay::text::SentencePieceLibrary* assay_sentencepiece_create() {
  return new Library;
}
