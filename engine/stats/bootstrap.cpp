#include "stats/bootstrap.h"

#include <algorithm>

#include "stats/draws.h"
#include "stats/threads.h"

namespace assay::stats {
namespace {

/// The sums of one resample. A width that is known when compiling lets the inner loop stay in registers.
template <std::size_t Width>
double draw_sums_of(const AdditiveSample& sample, Draws draws, std::span<double> sums) {
  const std::size_t rows = sample.size(), width = Width == 0 ? sample.width : Width;
  std::fill(sums.begin(), sums.end(), 0.0);
  double local[Width == 0 ? 1 : Width] = {};
  double* const total = Width == 0 ? sums.data() : local;
  double count = sample.counts.empty() ? static_cast<double>(rows) : 0;
  for (std::size_t k = 0; k < rows; ++k) {
    const std::size_t drawn = draws.below(rows);
    const double* const row = sample.rows.data() + drawn * width;
    for (std::size_t j = 0; j < width; ++j) total[j] += row[j];
    if (!sample.counts.empty()) count += sample.counts[drawn];
  }
  if (Width != 0) std::copy_n(local, width, sums.begin());
  return count;
}

double draw_sums(const AdditiveSample& sample, const Draws& draws, std::span<double> sums) {
  switch (sample.width) {
    case 1:
      return draw_sums_of<1>(sample, draws, sums);
    case 2:
      return draw_sums_of<2>(sample, draws, sums);
    case 3:
      return draw_sums_of<3>(sample, draws, sums);
    case 10:
      return draw_sums_of<10>(sample, draws, sums);  // BLEU's
    default:
      return draw_sums_of<0>(sample, draws, sums);
  }
}

void draw_weights(Draws draws, std::span<double> out) {
  std::fill(out.begin(), out.end(), 0.0);
  for (std::size_t k = 0; k < out.size(); ++k) out[draws.below(out.size())] += 1.0;
}

}  // namespace

void Resampler::weights(int resample, std::span<double> out) const {
  const Draws draws(seed_, Purpose::resample, static_cast<std::size_t>(resample));
  if (!clusters_) return draw_weights(draws, out);
  std::vector<double> drawn(clusters_->count);
  draw_weights(draws, drawn);
  for (std::size_t i = 0; i < examples_; ++i) out[i] = drawn[clusters_->of[i]];
}

void Resampler::counts(int resample, const Kinds& kinds, std::span<double> out) const {
  if (clusters_) {
    std::vector<double> drawn(examples_);
    weights(resample, drawn);
    return kinds.sum(drawn, out);
  }
  Draws draws(seed_, Purpose::resample, static_cast<std::size_t>(resample));
  std::fill(out.begin(), out.end(), 0.0);
  for (std::size_t k = 0; k < examples_; ++k) out[kinds.of[draws.below(examples_)]] += 1.0;
}

std::vector<double> bootstrap(const AdditiveSample& sample, std::size_t outputs, const FromSums& from_sums,
                              const Resampling& resampling) {
  const auto resamples = static_cast<std::size_t>(resampling.resamples);
  std::vector<double> values(resamples * outputs);
  in_parallel(resamples, resampling.threads, [&](std::size_t begin, std::size_t end) {
    std::vector<double> sums(sample.width);
    for (std::size_t b = begin; b < end; ++b) {
      const double count = draw_sums(sample, Draws(resampling.seed, Purpose::resample, b), sums);
      from_sums(sums, count, std::span(values).subspan(b * outputs, outputs));
    }
  });
  return values;
}

std::vector<double> jackknife(const AdditiveSample& sample, std::size_t outputs, const FromSums& from_sums) {
  const Sums all = sum(sample);
  std::vector<double> values(sample.size() * outputs), sums(sample.width);
  for (std::size_t i = 0; i < sample.size(); ++i) {
    for (std::size_t j = 0; j < sample.width; ++j) sums[j] = all.columns[j] - sample.rows[i * sample.width + j];
    from_sums(sums, all.count - (sample.counts.empty() ? 1 : sample.counts[i]),
              std::span(values).subspan(i * outputs, outputs));
  }
  return values;
}

}  // namespace assay::stats
