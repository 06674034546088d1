#pragma once
#include "text/token_model.h"

namespace assay::text {

/// Every pre-token is one token, or unknown.
class WordLevelModel final : public TokenModel {
 public:
  /// @throws BadInput when `model` does not hold together.
  explicit WordLevelModel(const Json& model);

  void encode(std::string_view word, bool bytes_as_symbols, std::vector<TokenId>& ids) const override;
};

}  // namespace assay::text
