#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace assay::stats {

/// Which examples belong together (questions about one text, turns of one conversation): they are not independent, so
/// they are drawn and counted together.
struct Clusters {
  std::vector<std::size_t> of;  ///< each example's cluster, from 0
  std::size_t count = 0;

  /// Equal labels are one cluster, numbered as first met.
  [[nodiscard]] static Clusters from(std::span<const std::string> labels);
};

}  // namespace assay::stats
