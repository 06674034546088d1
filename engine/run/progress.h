#pragma once
#include <chrono>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace assay::run {

/// What a person sees while a run goes on: a live table with the time left on a terminal, else a line an event.
class Progress {
 public:
  Progress(std::ostream& out, bool terminal, std::size_t stages, double estimated_seconds, int workers);
  ~Progress();  ///< leaves the terminal clean
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// One worker's line of the table; `label` empty: it waits.
  struct Worker {
    std::string name, label;
    std::int64_t done = 0, total = 0;  ///< examples or steps; total 0: unknown
    double seconds = 0;
  };

  void reused(std::size_t stages, std::size_t of);
  void finished(const plan::Stage&, double seconds);
  void failed(const plan::Stage&, const std::string& reason, bool will_retry);
  void say(const std::string& line);
  /// Draws the table when it is time to; nothing without a terminal.
  void draw(std::span<const Worker>, bool force = false);

 private:
  void clear();
  void line(const std::string& text);
  [[nodiscard]] double seconds_left() const;

  std::ostream& out_;
  bool terminal_;
  std::size_t stages_, done_ = 0, failed_ = 0;
  double estimate_, estimate_done_ = 0, spent_ = 0;
  int workers_;
  std::size_t drawn_ = 0;
  std::chrono::steady_clock::time_point start_, last_draw_{};
};

/// "1 h 02 min", "3 min 05 s", "4.2 s".
std::string duration(double seconds);

}  // namespace assay::run
