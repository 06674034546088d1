#pragma once
#include <map>
#include <string>
#include <vector>

#include "report/example_scores.h"
#include "report/report_data.h"

namespace assay::report {

/// A run as it is compared with another. Refers to the caller's report.
struct ComparedRun {
  const ReportData& report;
  ExampleScores scores;
};

/// One output of one cell before and after, paired by example.
struct CellChange {
  std::string dataset, before_cell, after_cell;  ///< cells' labels: equal, but for a comparison with the baseline
  Output output;
  double before = kUnknown, after = kUnknown;  ///< over the examples that both have
  std::size_t examples = 0;                    ///< that both have
  std::size_t unmatched = 0;                   ///< that one of them has alone, or asks with another target
  Difference change;  ///< after - before in the output's own unit; p_adjusted over all of a list
  double margin = 0;  ///< drop that is allowed, in the output's own unit
  double level = 0.05;
  std::string untested;  ///< why there is no test; empty where there is one

  [[nodiscard]] double gain() const { return output.higher_is_better ? change.value : -change.value; }
  /// Shown to have got worse by more than the margin.
  [[nodiscard]] bool regressed() const { return gain() < -margin && change.p_adjusted <= level; }
  [[nodiscard]] bool improved() const { return gain() > 0 && margin == 0 && change.p_adjusted <= level; }
};

/// Cells, datasets or values that have no partner.
struct CellChanges {
  std::vector<CellChange> cells;       ///< regressions first, then what got worse most
  std::vector<std::string> lost;       ///< sentences: what had a result before and has none after
  std::vector<std::string> unmatched;  ///< sentences
};

/// Drops that are allowed, by the name of an output or of a metric: in points for shares, else in the output's own
/// unit.
using Margins = std::map<std::string, double>;

/// Every cell of `after` against the cell of `before` with the same model, dataset and strategy. Outputs: those that
/// `margins` names, or all where it is empty. p-values are adjusted by Holm over the list.
/// @throws BadInput  where a margin names no output of `after`.
CellChanges compare_runs(ComparedRun& before, ComparedRun& after, const Margins& margins);

/// Every cell of a run against its dataset's baseline cell. @throws BadInput likewise.
CellChanges compare_with_baseline(ComparedRun& run, const Margins& margins);

/// The primary output of every dataset, without a margin: what a gate goes by where nothing else is said.
Margins primary_outputs(const ReportData&);

}  // namespace assay::report
