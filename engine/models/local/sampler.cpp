#include "models/local/sampler.h"

#include <algorithm>
#include <cmath>

#include "models/local/kernels.h"

namespace assay::models {

Sampler::Sampler(const sdk::GenerationSettings& settings, const sdk::DrawKey& key, int sample,
                 std::span<const std::int32_t> prompt)
    : settings_(settings),
      random_(key.seed, "generate", key.example, (key.request << 24) + static_cast<std::uint64_t>(sample)) {
  if (settings_.repetition_penalty != 1.0) seen_.insert(prompt.begin(), prompt.end());
}

void Sampler::penalize(std::span<float> logits) const {
  const auto penalty = static_cast<float>(settings_.repetition_penalty);
  for (const std::int32_t token : seen_) {
    float& logit = logits[static_cast<std::size_t>(token)];
    logit = logit > 0 ? logit / penalty : logit * penalty;
  }
  for (const auto& [token, count] : output_counts_) {
    logits[static_cast<std::size_t>(token)] -=
        static_cast<float>(count * settings_.frequency_penalty + settings_.presence_penalty);
  }
  for (const auto& [token, bias] : settings_.logit_bias) {
    if (token >= 0 && static_cast<std::size_t>(token) < logits.size()) {
      logits[static_cast<std::size_t>(token)] += static_cast<float>(bias);
    }
  }
}

std::int32_t Sampler::draw(std::span<const float> logits) {
  const double inverse = 1.0 / settings_.temperature;
  const double u = random_.uniform();
  const float top = *std::max_element(logits.begin(), logits.end());
  candidates_.clear();
  // Below e^-40 of the best, all tokens together weigh less than the draw's own resolution.
  const double cut = static_cast<double>(top) - 40.0 * settings_.temperature;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (static_cast<double>(logits[i]) >= cut) candidates_.emplace_back(logits[i], static_cast<std::int32_t>(i));
  }
  const auto before = [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  };
  const auto top_k = static_cast<std::size_t>(std::max(settings_.top_k, 0));
  if (top_k > 0 && top_k < candidates_.size()) {
    std::partial_sort(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(top_k), candidates_.end(),
                      before);
    candidates_.resize(top_k);
  } else {
    std::sort(candidates_.begin(), candidates_.end(), before);
  }
  double total = 0;
  for (auto& [value, token] : candidates_) total += value = std::exp((value - static_cast<double>(top)) * inverse);
  if (settings_.top_p < 1.0) {
    // The smallest set of the most probable tokens that reaches top_p; at least one.
    double mass = 0;
    std::size_t keep = 0;
    while (keep < candidates_.size() && (keep == 0 || mass < settings_.top_p * total))
      mass += candidates_[keep++].first;
    candidates_.resize(keep);
    total = mass;
  }
  if (settings_.min_p > 0.0) {
    const double floor = settings_.min_p * candidates_.front().first;
    std::size_t keep = 0;
    double mass = 0;
    while (keep < candidates_.size() && candidates_[keep].first >= floor) mass += candidates_[keep++].first;
    candidates_.resize(keep);
    total = mass;
  }
  double left = u * total;
  for (const auto& [weight, token] : candidates_) {
    left -= weight;
    if (left < 0) return token;
  }
  return candidates_.back().second;
}

std::int32_t Sampler::next(std::span<float> logits) {
  penalize(logits);
  const std::int32_t token =
      settings_.temperature > 0
          ? draw(logits)
          : static_cast<std::int32_t>(kernels().argmax(logits.data(), static_cast<std::int64_t>(logits.size())));
  if (settings_.repetition_penalty != 1.0) seen_.insert(token);
  if (settings_.frequency_penalty != 0.0 || settings_.presence_penalty != 0.0) ++output_counts_[token];
  return token;
}

}  // namespace assay::models
