#include "coverage/population.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace assay::coverage {
namespace {

void append(std::vector<double>& to, const std::vector<double>& from, std::size_t begin, std::size_t end) {
  if (!from.empty())
    to.insert(to.end(), from.begin() + static_cast<long>(begin), from.begin() + static_cast<long>(end));
}

void f1_of(std::span<const double> sums, double, std::span<double> out) {
  out[0] = 2 * sums[0] / (2 * sums[0] + sums[1] + sums[2]);
}

/// Corpus BLEU (Papineni et al. 2002) with sacreBLEU's default smoothing of empty n-gram orders, in [0, 1].
void bleu_of(std::span<const double> sums, double, std::span<double> out) {
  double log_precision = 0, halved = 1;
  for (std::size_t n = 0; n < 4; ++n) {
    const double matches = sums[n] > 0 ? sums[n] : 1 / (halved *= 2);
    log_precision += std::log(matches / sums[4 + n]) / 4;
  }
  const double brevity = sums[8] < sums[9] ? 1 - sums[9] / sums[8] : 0;
  out[0] = std::exp(log_precision + brevity);
}

}  // namespace

double Population::discordant() const {
  std::size_t differ = 0;
  for (std::size_t i = 0; i < second.size(); i += width)
    differ += !std::equal(first.begin() + static_cast<long>(i), first.begin() + static_cast<long>(i + width),
                          second.begin() + static_cast<long>(i));
  return static_cast<double>(differ) / static_cast<double>(examples());
}

Sample draw(const Population& population, std::size_t examples, Random& random) {
  const std::size_t clusters = std::max<std::size_t>(1, examples * population.clusters() / population.examples());
  std::uniform_int_distribution<std::size_t> any(0, population.clusters() - 1);
  Sample sample;
  sample.clusters.count = clusters;
  for (std::size_t g = 0; g < clusters; ++g) {
    const std::size_t drawn = any(random), begin = population.starts[drawn], end = population.starts[drawn + 1];
    append(sample.first, population.first, begin * population.width, end * population.width);
    append(sample.second, population.second, begin * population.width, end * population.width);
    sample.clusters.of.insert(sample.clusters.of.end(), end - begin, g);
  }
  return sample;
}

Sample exchanged(Sample sample, std::size_t width, Random& random) {
  bool exchange = false;
  for (std::size_t i = 0; i < sample.clusters.of.size(); ++i) {
    if (i == 0 || sample.clusters.of[i] != sample.clusters.of[i - 1]) exchange = random() >> 63 != 0;
    if (exchange)
      std::swap_ranges(sample.first.begin() + static_cast<long>(i * width),
                       sample.first.begin() + static_cast<long>((i + 1) * width),
                       sample.second.begin() + static_cast<long>(i * width));
  }
  return sample;
}

stats::FromSums value_of(Kind kind) {
  switch (kind) {
    case Kind::f1:
      return f1_of;
    case Kind::bleu:
      return bleu_of;
    default:
      return stats::mean_from_sums;
  }
}

double value(const Population& population, const std::vector<double>& rows) {
  const stats::Sums sums = stats::sum({rows, population.width});
  double out = 0;
  value_of(population.kind)(sums.columns, sums.count, {&out, 1});
  return out;
}

}  // namespace assay::coverage
