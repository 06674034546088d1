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

/// Seeds, training time, tokens, dollars, latency, trained parameters: those of which anything is known.
std::vector<Column> cost_columns(const Dataset&);

std::string rank_text(const Group&);        ///< "1", "2 =" where shared, "–"
/// "1 of 3 seeds without a result"; empty where all or none have one.
std::string missing_text(const Group&);
std::string primary_title(const Dataset&);  ///< "f1, %"
/// "points" or the primary output's unit: what differences are written in.
std::string difference_unit(const Dataset&);
/// What the intervals of this report are, in one sentence or two.
std::string interval_note(const ReportData&, const Dataset&);
/// "12 of 14 cells, 2 datasets" and the like.
std::string extent(const ReportData&);

}  // namespace assay::report
