#pragma once
#include <assay/sdk/json.h>

#include <functional>
#include <string>
#include <vector>

namespace assay::text {

/// A stretch of text on its way through the normalizer.
struct Normalized {
  std::string text;
  /// How many bytes at its start stem from the first character of the whole input: none once that was dropped.
  std::size_t origin = 0;
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
  using Rewriting = std::function<std::string(const std::string&)>;
  using Step = std::function<void(Normalized&)>;
  void add(const Json& description);
  void add_step(Rewriting rewriting);
  std::vector<Step> steps_;
};

}  // namespace assay::text
