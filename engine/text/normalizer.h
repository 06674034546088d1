#pragma once
#include <functional>
#include <string>
#include <vector>

#include <assay/sdk/json.h>

namespace assay::text {

/// The `normalizer` of a tokenizer.json: a chain of rewritings of the text. Const calls are thread-safe.
class Normalizer {
 public:
  /// From a tokenizer.json's object, or null for none.
  /// @throws BadInput on a type that is not known.
  explicit Normalizer(const Json& description);

  bool empty() const { return steps_.empty(); }
  std::string apply(std::string text) const;

 private:
  using Step = std::function<std::string(std::string)>;
  void add(const Json& description);
  std::vector<Step> steps_;
};

}  // namespace assay::text
