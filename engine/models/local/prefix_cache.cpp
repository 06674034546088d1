#include "models/local/prefix_cache.h"

#include <algorithm>
#include <utility>

namespace assay::models {
namespace {

/// Shorter common beginnings are as cheap to compute as to look after.
constexpr std::int64_t kShortestShared = 8;
/// Prompts with this many tokens of their own are kept beyond the next one.
constexpr std::int64_t kWorthKeeping = 32;
constexpr std::size_t kMostEntries = 32;

}  // namespace

PrefixCache::PrefixCache(KvPool& pool, std::int64_t bytes) : pool_(pool), bytes_(bytes) {}

std::shared_ptr<KvRun> PrefixCache::open(const std::vector<std::int32_t>& prompt) {
  ++clock_;
  Entry* best = nullptr;
  std::int64_t shared = 0;
  for (Entry& entry : entries_) {
    const auto agree =
        std::mismatch(entry.tokens.begin(), entry.tokens.end(), prompt.begin(), prompt.end()).second - prompt.begin();
    const std::int64_t usable = std::min<std::int64_t>(agree, static_cast<std::int64_t>(prompt.size()) - 1);
    if (usable >= kShortestShared && usable > shared) {
      best = &entry;
      shared = usable;
    }
  }
  const std::int64_t first = pool_.first_position();
  std::shared_ptr<KvRun> parent;
  if (best != nullptr) {
    best->used = clock_;
    parent = best->run;
    while (parent->start() >= first + shared) parent = parent->parent();
  }
  const std::int64_t used = parent ? first + shared - parent->start() : 0;
  const std::int64_t own = static_cast<std::int64_t>(prompt.size()) - shared;
  auto run = pool_.make(std::move(parent), used, own);
  std::erase_if(entries_, [](const Entry& entry) { return entry.passing; });
  entries_.push_back({prompt, run, clock_, own < kWorthKeeping});
  evict();
  return run;
}

void PrefixCache::evict() {
  const auto cost = [&](const Entry& entry) { return entry.run->capacity() * pool_.bytes_a_position(); };
  std::int64_t total = 0;
  for (const Entry& entry : entries_) total += cost(entry);
  while (entries_.size() > 1 && (total > bytes_ || entries_.size() > kMostEntries)) {
    const auto oldest = std::min_element(entries_.begin(), entries_.end(),
                                         [](const Entry& a, const Entry& b) { return a.used < b.used; });
    total -= cost(*oldest);
    entries_.erase(oldest);
  }
}

}  // namespace assay::models
