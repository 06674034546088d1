#include "text/samples.h"

#include <assay/sdk/error.h>

#include <algorithm>

#include "text/normalize.h"

namespace metric_text {

std::vector<std::string> samples_of(const assay::sdk::Prediction& prediction, const std::string& normalize,
                                    std::size_t least, const std::string& what) {
  std::vector<std::string> samples;
  if (prediction.details.contains("samples")) prediction.details.at("samples").get_to(samples);
  if (samples.size() < least) {
    throw assay::BadInput("example " + prediction.input.id + " has " + std::to_string(samples.size()) +
                          " samples, and " + what + " needs " + std::to_string(least) +
                          " or more: ask with self_consistency {samples: N}, or give rows a list \"samples\"");
  }
  for (std::string& sample : samples) sample = normalized(sample, normalize);
  return samples;
}

std::size_t votes(const std::vector<std::string>& samples, std::size_t place, std::size_t count) {
  if (samples[place].empty()) return 0;
  return static_cast<std::size_t>(
      std::count(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(count), samples[place]));
}

std::size_t majority(const std::vector<std::string>& samples, std::size_t count) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < count; ++i) {
    if (votes(samples, i, count) > votes(samples, best, count)) best = i;
  }
  return best;
}

}  // namespace metric_text
