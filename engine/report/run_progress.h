#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "store/store.h"

namespace assay::report {

/// How far a run is, from what its store says. Which stages are at work now the store does not know: cells of which
/// some stage is finished and none failed count as begun.
struct RunProgress {
  std::size_t cells = 0, done = 0, failed = 0, begun = 0;
  std::size_t stages = 0, finished = 0, reused = 0;  ///< `finished` counts the reused and the failed, too
  double elapsed = 0;                                ///< seconds
  double left = 0;                                   ///< seconds, about; NaN before any stage was made anew
  std::string last;                                  ///< label and outcome of the stage that was finished last
  std::string status;                                ///< of the run: running | done | failed | interrupted
};

/// `now` as the store writes times.
RunProgress progress_of(const plan::Plan&, const std::vector<store::AttemptRow>&, const store::RunRow&,
                        const std::string& now);

/// "12 of 40 cells done, 1 failed, 6 begun · 80 of 160 stages · 31 a minute · about 2 min 40 s left".
std::string progress_line(const RunProgress&);

/// The same for a terminal that is drawn anew: a bar, the line, what was finished last, each at most `width` columns
/// wide.
std::vector<std::string> progress_lines(const RunProgress&, std::size_t width);

}  // namespace assay::report
