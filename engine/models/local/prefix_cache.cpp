#include "models/local/prefix_cache.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>

namespace assay::models {
namespace {

/// Shorter common beginnings are cheaper to compute again than to keep.
constexpr std::int64_t kShortestShared = 8;
constexpr std::size_t kMostEntries = 256;
constexpr std::size_t kPhantom = std::numeric_limits<std::size_t>::max();

std::int64_t common(std::span<const std::int32_t> a, std::span<const std::int32_t> b) {
  return std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin();
}

}  // namespace

PrefixCache::PrefixCache(KvPool& pool, std::int64_t bytes) : pool_(pool), bytes_(bytes) {}

std::vector<PrefixCache::Start> PrefixCache::plan(std::span<const std::vector<std::int32_t>> prompts, std::vector<Span>& spans) {
  ++clock_;
  std::vector<Start> starts(prompts.size());
  // Prompts are taken together by the longest kept beginning that they have.
  std::map<std::size_t, std::vector<std::size_t>> by_entry;
  const auto entry_of = [&](std::span<const std::int32_t> prompt) {
    std::size_t best = entries_.size();
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const auto& tokens = entries_[i].tokens;
      if (tokens.size() < prompt.size() && (best == entries_.size() || tokens.size() > entries_[best].tokens.size()) &&
          std::equal(tokens.begin(), tokens.end(), prompt.begin())) {
        best = i;
      }
    }
    return best;
  };
  for (std::size_t i = 0; i < prompts.size(); ++i) by_entry[entry_of(prompts[i])].push_back(i);
  // The batch before takes part with one prompt, so that requests that come one by one share too.
  const std::size_t entry_of_previous = previous_.empty() ? kPhantom : entry_of(previous_);
  const std::vector<std::int32_t> previous = previous_;

  std::vector<std::pair<Start, std::vector<std::size_t>>> groups;
  for (auto& [entry, members] : by_entry) {
    Start start;
    if (entry < entries_.size()) {
      entries_[entry].used = clock_;
      start = {entries_[entry].run, static_cast<std::int64_t>(entries_[entry].tokens.size())};
    }
    if (entry == entry_of_previous) members.push_back(kPhantom);
    groups.emplace_back(start, std::move(members));
  }
  for (auto& [start, members] : groups) {
    const auto tokens_of = [&](std::size_t member) {
      return member == kPhantom ? std::span<const std::int32_t>(previous) : std::span<const std::int32_t>(prompts[member]);
    };
    std::stable_sort(members.begin(), members.end(), [&](std::size_t a, std::size_t b) {
      const auto x = tokens_of(a), y = tokens_of(b);
      return std::lexicographical_compare(x.begin(), x.end(), y.begin(), y.end());
    });
    std::vector<std::span<const std::int32_t>> sorted;
    for (const std::size_t member : members) sorted.push_back(tokens_of(member));
    share(sorted, members, start, starts, spans);
  }
  if (!prompts.empty()) previous_ = prompts.back();
  evict();
  return starts;
}

void PrefixCache::share(std::span<const std::span<const std::int32_t>> sorted, std::span<const std::size_t> owners,
                        const Start& start, std::vector<Start>& starts, std::vector<Span>& spans) {
  Start here = start;
  if (sorted.size() > 1) {
    std::int64_t length = common(sorted.front(), sorted.back());
    for (const auto& prompt : sorted) length = std::min(length, static_cast<std::int64_t>(prompt.size()) - 1);
    if (length - start.length >= kShortestShared) {
      // Tokens of a real prompt: those of the batch before do not outlive this call.
      const std::size_t real = owners.front() == kPhantom ? 1 : 0;
      const auto tokens = sorted[real].subspan(static_cast<std::size_t>(start.length), static_cast<std::size_t>(length - start.length));
      here = {pool_.make(start.run, length - start.length), length};
      spans.push_back({here.run.get(), tokens, 0});
      const auto whole = sorted[real].first(static_cast<std::size_t>(length));
      entries_.push_back({{whole.begin(), whole.end()}, here.run, clock_});
    }
  }
  for (std::size_t first = 0; first < sorted.size();) {
    // Neighbours that agree for long enough go on together.
    std::size_t last = first + 1;
    while (last < sorted.size() &&
           std::min({common(sorted[first], sorted[last]), static_cast<std::int64_t>(sorted[first].size()) - 1,
                     static_cast<std::int64_t>(sorted[last].size()) - 1}) - here.length >= kShortestShared) {
      ++last;
    }
    if (last - first > 1) {
      share(sorted.subspan(first, last - first), owners.subspan(first, last - first), here, starts, spans);
    } else if (owners[first] != kPhantom) {
      starts[owners[first]] = here;
    }
    first = last;
  }
}

void PrefixCache::evict() {
  const auto cost = [&](const Entry& entry) { return entry.run->capacity() * pool_.bytes_a_position(); };
  std::int64_t total = 0;
  for (const Entry& entry : entries_) total += cost(entry);
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.used > b.used; });
  while (!entries_.empty() && (total > bytes_ || entries_.size() > kMostEntries)) {
    total -= cost(entries_.back());
    entries_.pop_back();
  }
}

}  // namespace assay::models
