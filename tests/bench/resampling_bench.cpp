// Paired bootstrap of two systems' corpus BLEU: resampling_bench STATISTICS RESAMPLES THREADS, where STATISTICS holds a
// line a segment, ten whole numbers of each system (matched and counted 1- to 4-grams, both lengths). Prints the best
// of five times, the difference and the deviation of the resampled ones: tests/bench/resampling.py.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "stats/bootstrap.h"
#include "stats/resampled.h"
#include "stats/summary.h"

namespace {

using namespace assay::stats;

constexpr std::size_t kWidth = 10;

void bleu(std::span<const double> sums, double, std::span<double> out) {
  double log_precision = 0, halved = 1;
  for (std::size_t n = 0; n < 4; ++n)
    log_precision += std::log((sums[n] > 0 ? sums[n] : 1 / (halved *= 2)) / sums[4 + n]) / 4;
  out[0] = 100 * std::exp(log_precision + (sums[8] < sums[9] ? 1 - sums[9] / sums[8] : 0));
}

double score(const AdditiveSample& system) {
  double out = 0;
  bleu(sum(system).columns, 0, {&out, 1});
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: resampling_bench STATISTICS RESAMPLES THREADS\n");
    return 2;
  }
  std::vector<double> first, second;
  std::ifstream in(argv[1]);
  std::size_t read = 0;
  for (double x = 0; in >> x; ++read) (read / kWidth % 2 == 0 ? first : second).push_back(x);
  const AdditiveSample a{first, kWidth}, b{second, kWidth};
  const Resampling resampling{std::stoi(argv[2]), 12345, std::stoi(argv[3])};
  const double difference = score(a) - score(b);
  double best = 1e9, p_value = 0;
  std::vector<double> differences;
  for (int attempt = 0; attempt < 5; ++attempt) {
    const auto start = std::chrono::steady_clock::now();
    differences = bootstrap(a, 1, bleu, resampling);
    const std::vector<double> other = bootstrap(b, 1, bleu, resampling);
    for (std::size_t i = 0; i < other.size(); ++i) differences[i] -= other[i];
    p_value = bootstrap_p_value(difference, differences);
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  fmt::print(R"({{"seconds": {}, "difference": {}, "deviation": {}, "p_value": {}}})"
             "\n",
             best, difference, standard_deviation(differences), p_value);
  return 0;
}
