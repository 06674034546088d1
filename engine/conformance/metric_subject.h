#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "conformance/conformance.h"
#include "conformance/samples.h"

namespace assay::conformance {

/// A metric's rows and values over samples, as a score stage makes them. Only in a process that may load plugins.
struct ScoredSamples {
  std::shared_ptr<sdk::Metric> metric;
  bool asks = false;  ///< it asked a model about some of them
  std::size_t width = 0;
  std::vector<sdk::Value> outputs;
  std::vector<double> rows;  ///< in the order of the samples that were asked for

  [[nodiscard]] std::span<const double> row(std::size_t i) const { return std::span(rows).subspan(i * width, width); }
};

/// Scores the samples at the places `order`, so many at a time. The context is that of all samples.
/// @throws Error where the metric writes outside of what it was given.
ScoredSamples score_samples(const Subject&, const std::vector<AnsweredSample>& samples,
                            std::span<const std::size_t> order, std::size_t batch);

/// The values of rows, each counted so often. @throws Error where the metric leaves a value out or writes past them.
std::vector<double> values_of(const ScoredSamples&, std::span<const double> rows, std::span<const double> weights);

}  // namespace assay::conformance
