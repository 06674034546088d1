#pragma once
#include <string>
#include <vector>

#include "report/regressions.h"

namespace assay::report {

/// What a gate found. It is closed where there is a reason.
struct Verdict {
  CellChanges changes;
  std::vector<std::string> regressions;  ///< a sentence each, as the following
  std::vector<std::string> lost;         ///< cells that had a result and have none
  std::vector<std::string> broken;       ///< constraints
  std::vector<std::string> notes;        ///< what could not be judged
  [[nodiscard]] std::vector<std::string> reasons() const;
  [[nodiscard]] bool open() const { return regressions.empty() && lost.empty() && broken.empty(); }
};

/// Closed by cells that are shown to be worse than `before` (null: than their baseline cell) by more than their
/// margins, by cells that had a result before and have none now, by a recommended cell that breaks the experiment's
/// constraints, and by a run with nothing to recommend. Without margins the primary outputs are judged, and no drop is
/// allowed. @throws BadInput for a margin that names nothing
Verdict judge(ComparedRun* before, ComparedRun& after, const Margins&);

std::string verdict_text(const Verdict&, const ReportData&);
std::string verdict_json(const Verdict&, const ReportData&);
/// A testsuite a dataset, a testcase a judged cell and value.
std::string verdict_junit(const Verdict&, const ReportData&);

}  // namespace assay::report
