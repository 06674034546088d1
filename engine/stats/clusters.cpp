#include "stats/clusters.h"

#include <string_view>
#include <unordered_map>

namespace assay::stats {

Clusters Clusters::from(std::span<const std::string> labels) {
  Clusters clusters;
  std::unordered_map<std::string_view, std::size_t> numbers;
  clusters.of.reserve(labels.size());
  for (const std::string& label : labels)
    clusters.of.push_back(numbers.try_emplace(label, numbers.size()).first->second);
  clusters.count = numbers.size();
  return clusters;
}

}  // namespace assay::stats
