#pragma once
#include <assay/sdk/json.h>

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::text {

/// The pieces of a text while it is being cut: views into it or, where a step rewrote a piece, into `owned`.
struct Pieces {
  struct Piece {
    std::string_view text;
    std::size_t origin = 0;  ///< bytes at its start that stem from the first character of the whole input
  };
  std::vector<Piece> list;
  std::deque<std::string> owned;

  std::string_view keep(std::string text) { return owned.emplace_back(std::move(text)); }
};

/// The `pre_tokenizer` of a tokenizer.json: cuts text into the words that byte-pair encoding may not merge across.
/// Const calls are thread-safe.
class PreTokenizer {
 public:
  /// From a tokenizer.json's object, or null for none.
  /// @throws BadInput on a type that is not known.
  explicit PreTokenizer(const Json& description);

  /// REQUIRES valid UTF-8 in every piece.
  void apply(Pieces& pieces) const;

  /// True when the last step spells bytes as symbols; `apply` then leaves that spelling to the model, which looks bytes
  /// up directly.
  bool bytes_as_symbols() const { return bytes_as_symbols_; }

 private:
  using Step = std::function<void(const Pieces::Piece& piece, Pieces& out)>;
  void add(const Json& description, bool last);
  std::vector<Step> steps_;
  bool bytes_as_symbols_ = false;
};

}  // namespace assay::text
