#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "assay/sdk/error.h"
#include "assay/sdk/random.h"
#include "assay/torch/fine_tuning.h"

namespace assay::sdk {

/// Whether `init_text` is given where `init` needs it, and only there. @throws BadInput where it is not.
inline void check_init_text(const std::string& init, const std::string& init_text) {
  if (init == "text" && init_text.empty()) throw BadInput("init: text needs init_text, the words to begin from");
  if (init != "text" && !init_text.empty()) throw BadInput("init_text is read only with init: text");
}

/// @throws BadInput where so many virtual tokens leave no room for a text.
inline void check_room(const TrainableModel& model, std::int64_t virtual_tokens) {
  const std::int64_t context = model.shape().context_length;
  if (virtual_tokens < context) return;
  throw BadInput("virtual_tokens is " + std::to_string(virtual_tokens) + " and the model's context " +
                 std::to_string(context) + ": no room is left for a text");
}

/// `count` tokens drawn from the vocabulary.
inline std::vector<std::int32_t> drawn_tokens(const TrainableModel& model, std::int64_t count, std::uint64_t seed,
                                              const std::string& purpose) {
  Random random(seed, purpose);
  std::vector<std::int32_t> tokens;
  for (std::int64_t i = 0; i < count; ++i) {
    tokens.push_back(static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(model.shape().vocab_size))));
  }
  return tokens;
}

/// The first `count` tokens of `text`, said again and again until there are so many, as PEFT does.
/// @throws BadInput when the text has no tokens.
inline std::vector<std::int32_t> repeated_tokens(const TrainableModel& model, std::int64_t count,
                                                 const std::string& text) {
  const std::vector<std::int32_t> once = model.encode(text);
  if (once.empty()) throw BadInput("init_text has no tokens; write the words to begin from");
  std::vector<std::int32_t> tokens;
  for (std::int64_t i = 0; i < count; ++i) tokens.push_back(once[static_cast<std::size_t>(i) % once.size()]);
  return tokens;
}

}  // namespace assay::sdk
