#pragma once
#include <functional>
#include <string>

#include "assay/sdk/json.h"

namespace assay::conformance {

/// How a call in a process of its own ended.
struct Ended {
  bool answered = false;
  Json answer;           ///< what the call returned, where it answered
  std::string how;       ///< else why not: what it threw, the signal, the exit status, the time limit; with its last printed line
  bool timed_out = false;
};

/// Calls `call` in a child process, whose standard output and error are kept apart from ours; it may load plugins, and what it
/// breaks is its own.
Ended isolated(const std::function<Json()>& call, double seconds);

}  // namespace assay::conformance
