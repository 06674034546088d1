#include "models/remote/reported.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace assay::models::remote {

void ReportedCounts::add(const Reported& from, bool cached, std::int64_t at) {
  if (!from.says_anything()) return;
  const auto [found, fresh] = counts_.try_emplace(from);
  ReportedCount& count = found->second;
  ++(cached ? count.cached : count.answered);
  count.since = fresh ? at : std::min(count.since, at);
}

Json ReportedCounts::to_json() const {
  if (counts_.empty()) return nullptr;
  std::vector<std::pair<Reported, ReportedCount>> all(counts_.begin(), counts_.end());
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.second.since < b.second.since; });
  Json list = Json::array();
  for (const auto& [from, count] : all) {
    list.push_back({{"asked", from.asked},
                    {"model", from.model},
                    {"fingerprint", from.fingerprint},
                    {"answered", count.answered},
                    {"cached", count.cached},
                    {"since", count.since}});
  }
  return list;
}

}  // namespace assay::models::remote
