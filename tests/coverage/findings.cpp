#include "coverage/findings.h"

#include <mutex>

#include "stats/threads.h"

namespace assay::coverage {

void Findings::note(const std::string& what, Bounds bounds, bool happened) {
  Count& count = counts_[what];
  count.bounds = bounds;
  count.happened += happened;
  ++count.of;
}

void Findings::add(const Findings& others) {
  for (const auto& [what, count] : others.counts_) {
    Count& own = counts_[what];
    own.bounds = count.bounds;
    own.happened += count.happened;
    own.of += count.of;
  }
}

Findings replicate(const Settings& settings, const std::function<void(std::size_t, Random&, Findings&)>& once) {
  Findings all;
  std::mutex guard;
  stats::in_parallel(settings.replications, settings.threads, [&](std::size_t begin, std::size_t end) {
    Findings part;
    for (std::size_t r = begin; r < end; ++r) {
      std::seed_seq sequence{settings.seed, static_cast<std::uint64_t>(r)};
      Random random(sequence);
      once(r, random, part);
    }
    const std::scoped_lock lock(guard);
    all.add(part);
  });
  return all;
}

}  // namespace assay::coverage
