#pragma once
#include <assay/sdk/language_model.h>
#include <assay/sdk/random.h>

#include <cstdint>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace assay::models {

/// Chooses the tokens of one sample. The steps are transformers' and in its order, with OpenAI's between: repetition
/// penalty, frequency and presence penalties, logit bias, temperature, top_k, top_p, min_p, draw. The draw for the n-th
/// token is the n-th number of the stream of (seed, example, request, sample), so batches do not touch it.
class Sampler {
 public:
  Sampler(const sdk::GenerationSettings& settings, const sdk::DrawKey& key, int sample,
          std::span<const std::int32_t> prompt);

  /// The next token; at temperature 0 the largest logit, the first of equals. `logits` is used up.
  [[nodiscard]] std::int32_t next(std::span<float> logits);

 private:
  void penalize(std::span<float> logits) const;
  std::int32_t draw(std::span<const float> logits);

  const sdk::GenerationSettings& settings_;  // the request's, which outlives this
  sdk::Random random_;
  std::unordered_set<std::int32_t> seen_;  // prompt and output, where repetition is penalised
  std::unordered_map<std::int32_t, int> output_counts_;
  std::vector<std::pair<double, std::int32_t>> candidates_;  // (scaled logit, then probability; token)
};

}  // namespace assay::models
