#pragma once
#include <cstddef>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "stats/additive.h"
#include "stats/clusters.h"

namespace assay::coverage {

using Random = std::mt19937_64;

enum class Kind { proportion, mean, f1, bleu };

/// Examples from which experiments are drawn with replacement, so that what their intervals should cover is known
/// exactly. An example is a row of sufficient statistics of each of two systems.
struct Population {
  std::string name;
  Kind kind = Kind::mean;
  std::size_t width = 1;
  std::vector<double> first;
  std::vector<double> second;       ///< empty where there is one system
  std::vector<std::size_t> starts;  ///< cluster g holds examples starts[g] … starts[g+1] - 1
  bool clustered = false;

  [[nodiscard]] std::size_t examples() const { return first.size() / width; }
  [[nodiscard]] std::size_t clusters() const { return starts.size() - 1; }
  /// The share of examples on which the two systems' rows differ.
  [[nodiscard]] double discordant() const;
};

/// One simulated experiment's data.
struct Sample {
  std::vector<double> first;
  std::vector<double> second;
  stats::Clusters clusters;
};

/// As many clusters as hold `examples` examples on average; of a population without clusters, that many examples.
[[nodiscard]] Sample draw(const Population&, std::size_t examples, Random&);

/// The sample with the two systems exchanged, cluster by cluster, with chance ½ each: the null hypothesis holds.
[[nodiscard]] Sample exchanged(Sample, std::size_t width, Random&);

/// From column sums to the kind's value.
[[nodiscard]] stats::FromSums value_of(Kind);
[[nodiscard]] double value(const Population&, const std::vector<double>& rows);

/// Which fields of a JSONL file's rows hold what; numbers, true and false, or arrays of sufficient statistics.
struct Fields {
  std::string first = "first";
  std::string second = "second";    ///< rows may lack it
  std::string cluster = "cluster";  ///< rows may lack it
  std::string statistic =
      "mean";  ///< mean, f1 (tp, fp, fn) or bleu (matches and counts of 1- to 4-grams, both lengths)
};
/// @throws std::runtime_error  with the file and line of a row that cannot be read.
[[nodiscard]] Population read_population(const std::filesystem::path&, const Fields&);

/// Populations of every kind, clustered and not, made by a latent quality of example, cluster and system.
[[nodiscard]] std::vector<Population> simulated_populations(std::uint64_t seed);

}  // namespace assay::coverage
