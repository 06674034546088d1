#pragma once
#include <cstddef>
#include <functional>
#include <string>

#include "assay/sdk/json.h"

namespace assay::conformance {

/// How a call in a process of its own ended.
struct Ended {
  bool answered = false;
  Json answer;  ///< what the call returned, where it answered
  std::string
      how;  ///< else why not: what it threw, the signal, the exit status, the time limit; with its last printed line
  bool timed_out = false;
  std::size_t printed = 0;    ///< bytes to standard output and error
  bool left_running = false;  ///< processes that it started outlived it; they were killed
};

/// Calls `call` in a child process, whose standard output and error are kept apart from ours; it may load plugins, and what it
/// breaks is its own. Libraries and heap lie at other addresses in each child, so that what follows from addresses differs.
Ended isolated(const std::function<Json()>& call, double seconds);

}  // namespace assay::conformance
