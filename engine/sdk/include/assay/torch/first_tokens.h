#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "assay/sdk/error.h"
#include "assay/sdk/random.h"
#include "assay/torch/fine_tuning.h"

namespace assay::sdk {

/// `count` tokens drawn from the vocabulary.
inline std::vector<std::int32_t> drawn_tokens(const TrainableModel& model, std::int64_t count, std::uint64_t seed, const std::string& purpose) {
  Random random(seed, purpose);
  std::vector<std::int32_t> tokens;
  for (std::int64_t i = 0; i < count; ++i) {
    tokens.push_back(static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(model.shape().vocab_size))));
  }
  return tokens;
}

/// The first `count` tokens of `text`, said again and again until there are so many, as PEFT does.
/// @throws BadInput when the text has no tokens.
inline std::vector<std::int32_t> repeated_tokens(const TrainableModel& model, std::int64_t count, const std::string& text) {
  const std::vector<std::int32_t> once = model.encode(text);
  if (once.empty()) throw BadInput("init_text has no tokens; write the words that the prefix should begin from");
  std::vector<std::int32_t> tokens;
  for (std::int64_t i = 0; i < count; ++i) tokens.push_back(once[static_cast<std::size_t>(i) % once.size()]);
  return tokens;
}

}  // namespace assay::sdk
