#pragma once
#include <assay/sdk/json.h>

#include <string>
#include <vector>

#include "text/token_model.h"

namespace assay::text {

/// The `post_processor` of a tokenizer.json as far as ids go: the special tokens put before and after a text.
class PostProcessor {
 public:
  /// From a tokenizer.json's object, or null for none.
  /// @throws BadInput on a type that is not known.
  explicit PostProcessor(const Json& description);

  void apply(std::vector<TokenId>& ids) const;

 private:
  void add(const Json& description);
  std::vector<TokenId> before_;
  std::vector<TokenId> after_;
};

}  // namespace assay::text
