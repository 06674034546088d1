#pragma once
#include <assay/sdk/json.h>

#include <functional>
#include <string>
#include <vector>

namespace assay::text {

/// The `decoder` of a tokenizer.json: a chain that turns tokens into text. Const calls are thread-safe.
class Decoder {
 public:
  /// From a tokenizer.json's object, or null for none (tokens are then joined by spaces).
  /// @throws BadInput on a type that is not known.
  explicit Decoder(const Json& description);

  std::string decode(std::vector<std::string> tokens) const;

 private:
  using Step = std::function<void(std::vector<std::string>& tokens)>;
  void add(const Json& description);
  std::vector<Step> steps_;
  std::string separator_;
};

}  // namespace assay::text
