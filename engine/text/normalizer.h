#pragma once
#include <functional>
#include <string>
#include <vector>

#include <assay/sdk/json.h>

namespace assay::text {

/// A stretch of text on its way through the normalizer.
struct Normalized {
  std::string text;
  /// Its first character came from the first character of the whole input; false once that was dropped.
  bool first = true;
};

/// The `normalizer` of a tokenizer.json: a chain of rewritings of the text. Const calls are thread-safe.
class Normalizer {
 public:
  /// From a tokenizer.json's object, or null for none.
  /// @throws BadInput on a type that is not known.
  explicit Normalizer(const Json& description);

  bool empty() const { return steps_.empty(); }
  Normalized apply(Normalized stretch) const;

 private:
  using Step = std::function<void(Normalized&)>;
  void add(const Json& description);
  std::vector<Step> steps_;
};

}  // namespace assay::text
