#pragma once
#include <string>
#include <vector>

#include "report/report_data.h"

namespace assay::report {

/// A column beside the primary metric; `cells` is one text a group, in the groups' order.
struct Column {
  std::string title, hint;
  std::vector<std::string> cells;
};

/// Seeds, fragility, training time, tokens, dollars, latency, trained parameters: those of which anything is known.
std::vector<Column> cost_columns(const Dataset&);

/// One setting that tuning tried, over the seeds of a group.
struct TrialLine {
  std::string group, trial;              ///< labels
  std::string value;                     ///< on the validation split, a mean over seeds
  std::string chosen;                    ///< "yes", "2 of 3 seeds", ""
  std::string seconds, tokens, dollars;  ///< means over seeds
  std::string failure;
};

/// All trials of a dataset's groups, in the order listed; empty where nothing is tuned.
std::vector<TrialLine> trial_lines(const Dataset&);

/// How the trials' values are headed: "accuracy on validation, %"; several metrics never decide in one experiment.
std::string trial_title(const Dataset&);

/// What tuning did, in a sentence or two.
std::string tuning_note(const Dataset&);

/// What strategies found, a row a group that found something: "–" where it did not find that.
struct FindingTable {
  std::vector<std::string> names;  ///< with their units: "step.ms, ms"
  struct Row {
    std::string label;
    std::vector<std::string> values;
  };
  std::vector<Row> rows;
};
FindingTable finding_table(const Dataset&);

/// The sizes of all learning curves, smallest first.
std::vector<std::size_t> curve_sizes(const Dataset&);
/// A curve's text at a size: "95.0 [92.1, 97.4]", "–" where it has no such point.
std::string curve_text(const Dataset&, const LearningCurve&, std::size_t rows);

std::string rank_text(const Group&);  ///< "1", "2 =" where shared, "–"
/// "1 of 3 seeds without a result"; empty where all or none have one.
std::string missing_text(const Group&);
/// Why a group without any result has none, in a word: "failed", "not run", "no result".
std::string absent_text(const Group&);
std::string primary_title(const Dataset&);  ///< "f1, %"
/// "points" or the primary output's unit: what differences are written in.
std::string difference_unit(const Dataset&);
/// What the intervals of this report are, in one sentence or two.
std::string interval_note(const ReportData&, const Dataset&);
/// "12 of 14 cells, 2 datasets" and the like.
std::string extent(const ReportData&);

}  // namespace assay::report
