#pragma once
#include <assay/sdk/metric.h>

#include <string>
#include <vector>

namespace metric_text {

/// The answers of an example that was asked several times, normalised: details.samples, as self_consistency leaves
/// them.
/// @throws BadInput naming the example where it has fewer than `least`, and `what` needs them.
std::vector<std::string> samples_of(const assay::sdk::Prediction& prediction, const std::string& normalize,
                                    std::size_t least, const std::string& what);

/// How often the answer at `place` stands among the first `count`; an empty one cannot be read and agrees with nothing.
std::size_t votes(const std::vector<std::string>& samples, std::size_t place, std::size_t count);

/// The place of the answer that stands most often among the first `count`: of equals the one drawn first.
std::size_t majority(const std::vector<std::string>& samples, std::size_t count);

}  // namespace metric_text
