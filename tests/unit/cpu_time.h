#pragma once
#include <ctime>

namespace assay::testing {

/// Milliseconds of processor time that this thread has had: a busy machine adds none, so that a bound on it holds there too.
inline double cpu_milliseconds() {
  std::timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

}  // namespace assay::testing
