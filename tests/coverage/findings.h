#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "coverage/population.h"

namespace assay::coverage {

/// How often, in percent, something should happen.
struct Bounds {
  double low = 0;
  double high = 100;
};

/// How often each of several things happened in simulated experiments.
class Findings {
 public:
  void note(const std::string& what, Bounds bounds, bool happened);
  void add(const Findings& others);

  struct Count {
    Bounds bounds;
    std::size_t happened = 0, of = 0;
    [[nodiscard]] double percent() const { return 100.0 * static_cast<double>(happened) / static_cast<double>(of); }
    [[nodiscard]] bool within() const { return bounds.low <= percent() && percent() <= bounds.high; }
  };
  [[nodiscard]] const std::map<std::string, Count>& counts() const { return counts_; }

 private:
  std::map<std::string, Count> counts_;
};

struct Settings {
  std::uint64_t seed = 20;
  std::size_t replications = 2000;
  int resamples = 1000;
  int threads = 2;
};

/// Runs `once` for each replication with a generator of its own, so that threads change nothing.
[[nodiscard]] Findings replicate(const Settings&,
                                 const std::function<void(std::size_t replication, Random&, Findings&)>& once);

}  // namespace assay::coverage
